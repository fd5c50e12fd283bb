use sched_import::{Crontab, Import};
use serde_json::{Value, json};

use crate::{defaults, fires};

fn user(text: &str) -> Import {
    Import::crontab(text, &Crontab::of_user("shell"), &defaults())
}

fn refused(import: &Import) -> Vec<String> {
    import.refused.iter().map(ToString::to_string).collect()
}

fn args(import: &Import, at: usize) -> Value {
    import.jobs[at].args.decode().unwrap()
}

#[test]
fn a_line_is_a_job() {
    let import = user("# nightly\n\n 30 2 * * *\tbackup --all  \n");
    assert_eq!(import.jobs.len(), 1, "{import}");
    let job = &import.jobs[0];
    assert_eq!((job.id.as_str(), job.task.as_str()), ("crontab:3", "shell"));
    assert_eq!(job.name, "backup --all");
    assert_eq!(args(&import, 0), json!({"command": "backup --all", "env": {}}));
    assert_eq!(fires(&job.trigger, 2), ["Mon 01-01 02:30:00", "Tue 01-02 02:30:00"]);
    assert_eq!(job.misfire_grace_time, None);
}

#[test]
fn days_of_the_month_and_weekdays_are_a_union() {
    let import = user("0 12 13 * Fri true\n0 12 */13 * 5 true\n0 0 * 1 7 true\n");
    let found: Vec<_> = import.jobs.iter().map(|job| fires(&job.trigger, 3)).collect();
    assert_eq!(found[0], ["Fri 01-05 12:00:00", "Fri 01-12 12:00:00", "Sat 01-13 12:00:00"]);
    // Where one of the two begins with a star, both must match.
    assert_eq!(found[1], ["Fri 04-27 12:00:00", "Fri 06-01 12:00:00", "Fri 07-27 12:00:00"]);
    assert_eq!(found[2], ["Sun 01-07 00:00:00", "Sun 01-14 00:00:00", "Sun 01-21 00:00:00"]);
}

#[test]
fn names_ranges_steps_and_words() {
    let import = user(
        "*/20 9-17/4 * jan,mar mon-wed a\n@daily b\n@weekly c\n@hourly d\n@yearly e\n5-10/5 * * * * f\n",
    );
    let found: Vec<_> = import.jobs.iter().map(|job| fires(&job.trigger, 2)).collect();
    assert_eq!(found[0], ["Mon 01-01 09:00:00", "Mon 01-01 09:20:00"]);
    assert_eq!(found[1], ["Mon 01-01 00:00:00", "Tue 01-02 00:00:00"]);
    assert_eq!(found[2], ["Sun 01-07 00:00:00", "Sun 01-14 00:00:00"]);
    assert_eq!(found[3], ["Mon 01-01 00:00:00", "Mon 01-01 01:00:00"]);
    assert_eq!(found[4], ["Mon 01-01 00:00:00", "Tue 01-01 00:00:00"]);
    assert_eq!(found[5], ["Mon 01-01 00:05:00", "Mon 01-01 00:10:00"]);
    assert!(import.refused.is_empty());
}

#[test]
fn a_percent_sign_ends_the_command() {
    let import = user("* * * * * mail ann%Hello,%%100\\%\n* * * * * date +\\%F\n");
    assert_eq!(args(&import, 0)["command"], "mail ann");
    assert_eq!(args(&import, 0)["stdin"], "Hello,\n\n100%");
    assert_eq!(args(&import, 1), json!({"command": "date +%F", "env": {}}));
}

#[test]
fn variables_hold_from_their_line_on() {
    let import = user(
        "* * * * * a\nMAILTO=ann\nPATH = \"/bin:/usr/bin\"\n* * * * * b\nMAILTO=''\n* * * * * X=1 c\n",
    );
    assert_eq!(args(&import, 0)["env"], json!({}));
    assert_eq!(args(&import, 1)["env"], json!({"MAILTO": "ann", "PATH": "/bin:/usr/bin"}));
    assert_eq!(args(&import, 2)["env"], json!({"MAILTO": "", "PATH": "/bin:/usr/bin"}));
    assert_eq!(args(&import, 2)["command"], "X=1 c");
}

#[test]
fn the_zone_holds_from_its_line_on() {
    let import = user(
        "0 9 * * * a\nCRON_TZ=Asia/Tokyo\n0 9 * * * b\nCRON_TZ = Mars/Olympus\n0 9 * * * c\nCRON_TZ=UTC\n0 9 * * * d\n",
    );
    let found: Vec<_> = import.jobs.iter().map(|job| fires(&job.trigger, 1)).collect();
    assert_eq!(found, [["Mon 01-01 09:00:00"], ["Mon 01-01 01:00:00"], ["Mon 01-01 10:00:00"]]);
    let refused = refused(&import);
    assert!(
        refused[0].starts_with("crontab:4: line 4, column 11: unknown time zone"),
        "{refused:?}"
    );
    assert_eq!(refused[1], "crontab:5: line 5, column 1: the zone of line 4 is not known");
}

#[test]
fn a_line_of_the_system_has_a_user() {
    let crontab = Crontab::of_system("shell").id_prefix("/etc/crontab");
    let text = "17 * * * *\troot  cd / && run-parts\n@daily  ann  tidy\n* * * * * root\n";
    let import = Import::crontab(text, &crontab, &defaults());
    let expected = json!({"command": "cd / && run-parts", "user": "root", "env": {}});
    assert_eq!(args(&import, 0), expected);
    assert_eq!(args(&import, 1)["user"], "ann");
    assert_eq!(import.jobs[1].id, "/etc/crontab:2");
    assert_eq!(refused(&import), ["/etc/crontab:3: line 3, column 15: a command is missing"]);
}

#[test]
fn what_cannot_be_read_is_named_by_line_and_column() {
    let cases = [
        ("61 * * * * a", "line 1, column 1: minute:"),
        ("* * * * funday a", "line 1, column 9: day_of_week:"),
        ("  *  24 * * * a", "line 1, column 6: hour:"),
        ("é * * * * a", "line 1, column 1: minute:"),
        ("0~30 * * * * a", "line 1, column 2: minute:"),
        ("* * *", "line 1, column 6: month: is missing"),
        ("* * * * *", "line 1, column 10: a command is missing"),
        ("@daily", "line 1, column 7: a command is missing"),
        ("  @reboot a", "line 1, column 3: @reboot: a scheduler does not know of boots"),
        ("@fortnightly a", "line 1, column 1: "),
    ];
    for (line, expected) in cases {
        let import = user(line);
        assert!(import.jobs.is_empty(), "{line}");
        let refused = import.refused[0].reason.to_string();
        assert!(refused.starts_with(expected), "{line}: {refused}");
    }
}
