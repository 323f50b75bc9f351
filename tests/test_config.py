from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import FILE_NAME, SETTINGS, Config, load_config, parse_duration
from crawler.errors import ConfigError, PresswatchError, UsageError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / FILE_NAME


def test_without_file_and_environment_everything_has_its_default(file: Path) -> None:
    assert load_config(environ={}) == Config()
    assert load_config(environ={}).store == "sqlite:///presswatch.db"


def test_each_layer_stands_over_the_one_before(file: Path) -> None:
    file.write_text('delay = 2\nconcurrency = 3\ncontact = "file@example.org"\n')
    config = load_config(
        environ={"PRESSWATCH_CONCURRENCY": "4", "PRESSWATCH_CONTACT": "env@example.org"},
        overrides={"contact": "line@example.org", "zone": None},
    )
    assert (config.delay, config.concurrency, config.contact, config.zone) == (2.0, 4, "line@example.org", "Asia/Seoul")


def test_the_environment_may_name_the_file_and_the_argument_wins(tmp_path: Path, file: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text("retries = 1")
    two.write_text("retries = 7")
    assert load_config(environ={"PRESSWATCH_CONFIG": str(one)}).retries == 1
    assert load_config(two, {"PRESSWATCH_CONFIG": str(one)}).retries == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dealy = 3", "did you mean 'delay'?"),
        ("user-agent = 'x'", "did you mean 'user_agent'?"),
        ("colour = 3", "there is no setting 'colour'"),
        ("delay = 'soon'", "delay: 'soon' is not a number (seconds)"),
        ("delay = true", "is not a number"),
        ("delay = nan", "is not a number"),
        ("delay = -1", "too small; the least is 0 seconds"),
        ("concurrency = 0", "the least is 1 requests"),
        ("concurrency = 1.5", "is not a whole number"),
        ("obey_robots = 'yes'", "is not a true or false"),
        ("zone = 'Seoul'", "'Seoul' is no IANA zone"),
        ("zone = '../../etc/passwd'", "is no IANA zone"),
        ("zone = ''", "is no IANA zone"),
        ("store = 'mysql://x/y'", "is no store; write sqlite:///FILE"),
        ("store = 'sqlite:///'", "is no store"),
        ("allow_networks = ['10.0.0.1/8']", "has host bits set"),
        ("allow_networks = '127.0.0.0/8'", "is not a list of text"),
        ("edit_checks = ['2h', 'later']", "'later' is no duration"),
        ("proxy = 'socks5://x:1'", "is no HTTP proxy"),
        ('contact = "a\\r\\nX-Evil: 1"', "printable ASCII"),
        ("ca_file = '/nowhere.pem'", "does not exist"),
        ("log_level = 'LOUD'", "is not one of DEBUG"),
        ("[[source]]\nurl = 'x'", "presswatch apply FILE"),
        ("delay = ", "no valid TOML"),
    ],
)
def test_what_makes_no_sense_is_named_with_file_setting_and_way_out(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(environ={})
    assert said in str(caught.value)
    assert str(caught.value).startswith(FILE_NAME)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_repeated(file: Path) -> None:
    for url in ("postgresql://me:secret@db/news", "mysql://me:secret@db/news"):
        with pytest.raises(ConfigError) as caught:
            load_config(environ={"PRESSWATCH_STORE": url})
        assert "secret" not in str(caught.value)


def test_a_file_that_is_named_must_be_there_and_be_text(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="presswatch init"):
        load_config(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path, {})
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="no valid TOML"):
        load_config(environ={})
    file.write_bytes(b"#" * 1_100_000)
    with pytest.raises(ConfigError, match="larger than"):
        load_config(environ={})
    file.write_text("x = " + "[" * 50_000)
    with pytest.raises(ConfigError, match="no valid TOML"):
        load_config(environ={})


def test_variables_are_read_in_the_type_of_their_setting(file: Path) -> None:
    config = load_config(
        environ={
            "PRESSWATCH_TIMEOUT": "1m30s",
            "PRESSWATCH_OBEY_ROBOTS": "No",
            "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8, ::1/128",
            "PRESSWATCH_LOG_LEVEL": "debug",
            "PRESSWATCH_MAX_BYTES": "5000",
        }
    )
    assert (config.timeout, config.obey_robots, config.max_bytes) == (90.0, False, 5000)
    assert config.allow_networks == ("127.0.0.0/8", "::1/128")
    assert config.log_level == "DEBUG"


def test_a_misspelt_variable_is_refused_and_a_foreign_one_left_alone(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"PRESSWATCH_DEALY.*PRESSWATCH_DELAY"):
        load_config(environ={"PRESSWATCH_DEALY": "3"})
    assert load_config(environ={"PRESSWATCH_TOKEN_TIMES": "s", "PRESSWATCH_TEST_POSTGRES": "x"}) == Config()
    with pytest.raises(ConfigError, match="PRESSWATCH_DELAY: 'x'"):
        load_config(environ={"PRESSWATCH_DELAY": "x"})


def test_overrides_are_checked_too(file: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'store'"):
        load_config(environ={}, overrides={"stroe": "x"})
    with pytest.raises(ConfigError, match="retries"):
        load_config(environ={}, overrides={"retries": -1})
    assert load_config(environ={}, overrides={"allow_networks": ("127.0.0.0/8",)}).allow_networks == ("127.0.0.0/8",)


def test_the_agent_carries_the_contact_unless_it_is_given_whole() -> None:
    assert Config(contact="https://x.example").agent.endswith("(+https://x.example)")
    assert Config(contact="https://x.example", user_agent="mine/1").agent == "mine/1"


def test_edit_checks_become_ages_youngest_first() -> None:
    ages = Config(edit_checks=("6h", "30m")).edit_check_ages
    assert ages == (1800, 21600)


def test_every_setting_has_help_and_a_default_of_its_type() -> None:
    for setting in SETTINGS:
        assert setting.help
        assert isinstance(setting.default, setting.kind)
        assert setting.variable == f"PRESSWATCH_{setting.name.upper()}"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        (" 2 D ", 172_800),
        ("1w", 604_800),
        ("500ms", 0.5),
        ("1.5h", 5400),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "m", "15 minutes", "-3m", "1e9", "3m4", "١٥m", "9" * 30])
def test_no_durations(text: str) -> None:
    with pytest.raises(UsageError, match="is no duration"):
        parse_duration(text)


@given(st.text(max_size=40))
def test_a_duration_is_a_number_or_a_clear_error(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except UsageError:
        return
    assert 0 <= seconds < 1e16


@given(st.dictionaries(st.sampled_from([s.name for s in SETTINGS]), st.text(max_size=20), max_size=4))
def test_any_text_in_the_environment_is_read_or_refused(values: dict[str, str]) -> None:
    try:
        config = load_config(Path("/dev/null"), {f"PRESSWATCH_{name.upper()}": text for name, text in values.items()})
    except PresswatchError:
        return
    for setting in SETTINGS:
        assert isinstance(getattr(config, setting.name), setting.kind)
