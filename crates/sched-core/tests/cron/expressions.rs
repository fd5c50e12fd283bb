//! The reference's expressions: what is accepted, how it is shown, and what an error says.

use sched_core::trigger::{Cron, Field, TriggerError};

use crate::{build, try_build};
use sched_core::Zone;

fn one_field(name: &str, expression: impl Into<Field>) -> Cron {
    let cron = Cron::new();
    match name {
        "year" => cron.year(expression),
        "month" => cron.month(expression),
        "day" => cron.day(expression),
        "week" => cron.week(expression),
        "day_of_week" => cron.day_of_week(expression),
        "hour" => cron.hour(expression),
        "minute" => cron.minute(expression),
        "second" => cron.second(expression),
        other => panic!("no field {other}"),
    }
}

#[test]
fn accepted_expressions_are_shown_in_canonical_form() {
    let cases = [
        ("minute", "*/59", "*/59"),
        ("minute", "30/29", "30/29"),
        ("minute", "1-10/9", "1-10/9"),
        ("minute", "1, 2 ,3", "1,2,3"),
        ("minute", " 7 ", "7"),
        ("minute", "0005", "5"),
        ("minute", "*,5", "*,5"),
        ("minute", "5-5", "5"),
        ("hour", "*/23", "*/23"),
        ("day", "Last   FRI", "last fri"),
        ("day", "LAST", "last"),
        ("day", "1ST Mon, 5th sun,12", "1st mon,5th sun,12"),
        ("day", "*/30", "*/30"),
        ("month", "jan,feb-apr,*/6", "jan,feb-apr,*/6"),
        ("month", "DEC-dec", "dec"),
        ("day_of_week", "Mon,WED", "mon,wed"),
        ("day_of_week", "mon-fri", "mon-fri"),
        ("week", "*/52", "*/52"),
        ("year", "2009/2", "2009/2"),
        ("year", "2009,2008", "2009,2008"),
        ("year", "*/8029", "*/8029"),
    ];
    for (field, given, canonical) in cases {
        let trigger = build(one_field(field, given), "UTC");
        assert_eq!(trigger.to_string(), format!("cron[{field}='{canonical}']"), "{given}");
        assert_eq!(trigger.fields().collect::<Vec<_>>(), [(field, canonical)]);
        // What is shown can be given again and is the same trigger.
        assert_eq!(build(one_field(field, canonical), "UTC"), trigger);
    }
}

#[test]
fn a_number_is_as_good_as_its_text() {
    assert_eq!(build(Cron::new().hour(9), "UTC"), build(Cron::new().hour("09"), "UTC"));
    assert_eq!(build(Cron::new().hour(9_u8), "UTC"), build(Cron::new().hour(9_i64), "UTC"));
}

#[test]
fn the_text_form_lists_the_given_fields_in_the_order_of_the_table() {
    let trigger = build(Cron::new().second(0).day("last fri").month("1"), "UTC");
    assert_eq!(trigger.to_string(), "cron[month='1', day='last fri', second='0']");
    assert_eq!(build(Cron::new(), "UTC").to_string(), "cron[]");
}

#[test]
fn refused_expressions() {
    let cases = [
        ("minute", "*/60"),
        ("minute", "30/30"),
        ("minute", "1-10/10"),
        ("minute", "1,,2"),
        ("minute", "1,"),
        ("minute", ""),
        ("minute", " "),
        ("minute", "1-3-5"),
        ("minute", "* /5"),
        ("minute", "*/0"),
        ("minute", "1-5/0"),
        ("minute", "5-5/1"),
        ("minute", "0-0/5"),
        ("minute", "-5"),
        ("minute", "5.0"),
        ("minute", "1 - 5"),
        ("minute", "**"),
        ("minute", "99999999999999999999"),
        ("hour", "24"),
        ("hour", "*/24"),
        ("hour", "0-24"),
        ("hour", "5-3"),
        ("hour", "mon"),
        ("day", "6th sun"),
        ("day", "1st 0"),
        ("day", "1st"),
        ("day", "1stmon"),
        ("day", "last friday"),
        ("day", "L"),
        ("day", "15W"),
        ("day", "?"),
        ("day", "*/31"),
        ("day", "0"),
        ("day", "0-3"),
        ("day", "32"),
        ("month", "january"),
        ("month", "13"),
        ("month", "0"),
        ("month", "*/12"),
        ("month", "dec-feb"),
        ("month", "1-mar"),
        ("day_of_week", "7"),
        ("day_of_week", "monday"),
        ("day_of_week", "fri-mon"),
        ("day_of_week", "1st mon"),
        ("day_of_week", "5#2"),
        ("week", "0"),
        ("week", "54"),
        ("week", "*/53"),
        ("year", "1969"),
        ("year", "10000"),
        ("year", "*/8030"),
    ];
    for (field, given) in cases {
        match try_build(one_field(field, given), Zone::UTC) {
            Err(TriggerError::Text { field: named, text, .. }) => {
                assert_eq!((named, text.as_str()), (field, given));
            }
            other => panic!("{field} {given:?}: {other:?}"),
        }
    }
}

#[test]
fn an_error_names_the_field_the_text_and_the_position() {
    let cases = [
        (
            one_field("hour", "9-17/x"),
            "hour: a number must follow the slash, at character 5 of \"9-17/x\"",
        ),
        (one_field("hour", "1,24"), "hour: hour must be from 0 to 23, at character 2 of \"1,24\""),
        (one_field("day", "ä"), "day: no expression for day, at character 0 of \"ä\""),
        (
            one_field("day_of_week", " mon , tues"),
            "day_of_week: unknown name \"tues\": day_of_week has mon, tue, wed, thu, fri, sat, sun, \
             at character 7 of \" mon , tues\"",
        ),
        (
            one_field("day", "last fri-13"),
            "day: unexpected text \"-13\", at character 8 of \"last fri-13\"",
        ),
        (
            Cron::from_crontab("0 9 * *  1-9"),
            "day_of_week: day_of_week must be from 0 to 6, at character 11 of \"0 9 * *  1-9\"",
        ),
        (
            Cron::from_crontab("0 9 * *"),
            "crontab: five fields expected (minute hour day month day_of_week), and there are 4, \
             at character 7 of \"0 9 * *\"",
        ),
        (
            Cron::from_crontab("0 0 9 * * *"),
            "crontab: five fields expected (minute hour day month day_of_week), and there are 6, \
             at character 10 of \"0 0 9 * * *\"",
        ),
    ];
    for (cron, message) in cases {
        assert_eq!(try_build(cron, Zone::UTC).unwrap_err().to_string(), message);
    }
}

#[test]
fn fields_given_beside_a_crontab_are_refused_rather_than_forgotten() {
    for cron in [Cron::from_crontab("0 9 * * *"), Cron::standard("0 9 * * *")] {
        let error = try_build(cron.year(2030), Zone::UTC).unwrap_err();
        assert!(matches!(error, TriggerError::Value { field: "year", .. }), "{error}");
    }
}

#[test]
fn the_crontab_of_the_reference_is_its_five_fields() {
    let crontab = build(Cron::from_crontab(" 0 9-17\t1,15 Feb mon-fri "), "UTC");
    let fields =
        Cron::new().minute("0").hour("9-17").day("1,15").month("feb").day_of_week("mon-fri");
    assert_eq!(crontab, build(fields, "UTC"));
    for refused in ["", "@daily", "0 0 L * *", "0 0 * * fri-mon", "* * ? * *", "* * * * 7"] {
        assert!(try_build(Cron::from_crontab(refused), Zone::UTC).is_err(), "{refused}");
    }
}
