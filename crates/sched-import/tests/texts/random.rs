//! Whatever a file says, each of its jobs is taken or refused, and nothing panics.

use proptest::prelude::*;
use sched_import::{Crontab, Import, SystemdTimer};

use crate::defaults;

/// Pieces that mean something to one of the two, put together in any order.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "*",
        "0",
        "7",
        "31",
        "59",
        "-",
        "/",
        ",",
        "..",
        "~",
        ":",
        "=",
        "%",
        "\\",
        "\"",
        "@daily",
        "@reboot",
        "mon",
        "Mon..Fri",
        "jan",
        "CRON_TZ",
        "UTC",
        "Europe/Berlin",
        " ",
        " ",
        "\t",
        "\n",
        "é",
        "#",
        ";",
        "[",
        "[Timer]\n",
        "OnCalendar=",
        "OnUnitActiveSec=",
        "1h",
        "30min",
        "µs",
        "Persistent=true\n",
        "Unit=x\n",
    ];
    let piece = prop_oneof![8 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn crontabs(text in text()) {
        for crontab in [Crontab::of_user("shell"), Crontab::of_system("shell")] {
            let import = Import::crontab(&text, &crontab, &defaults());
            prop_assert!(import.jobs.len() + import.refused.len() <= text.lines().count());
        }
    }

    #[test]
    fn timers(text in text()) {
        let text = format!("[Timer]\n{text}");
        let import = Import::systemd_timer("x.timer", &text, &SystemdTimer::new("unit"), &defaults());
        prop_assert_eq!(import.jobs.len() + import.refused.len(), 1);
    }

    #[test]
    fn calendar_events(text in text()) {
        let text = format!("[Timer]\nOnCalendar={}", text.replace('\n', " "));
        let import = Import::systemd_timer("x.timer", &text, &SystemdTimer::new("unit"), &defaults());
        prop_assert_eq!(import.jobs.len() + import.refused.len(), 1);
    }
}
