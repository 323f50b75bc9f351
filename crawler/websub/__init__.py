"""WebSub (W3C Recommendation, 23 January 2018): have hubs deliver what feeds publish, instead of looking for it.

`protocol` knows the words and signatures, `deciding` what is to be asked of which hub next (both pure), `callback`
answers hubs, `subscriber` asks them and hands on what they deliver. Looking goes on as a safety net.
"""
