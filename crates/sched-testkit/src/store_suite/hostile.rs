//! Texts that a careless store changes, mixes up, or runs.

use super::row::Row;
use super::run::Proof;
use super::site::Site;

/// All different, all of up to 255 bytes, in no order.
fn texts() -> Vec<String> {
    let short = [
        "",
        " ",
        "  ",
        "a",
        "A",
        "ä",
        "Ä",
        "a\u{308}",
        "á",
        "a ",
        " a",
        "a\t",
        "b",
        "B",
        "aa",
        "ab",
        // Equal in some collation or after some folding.
        "ss",
        "ß",
        "SS",
        "i",
        "I",
        "ı",
        "İ",
        "ﬁ",
        "fi",
        "½",
        "K",
        "\u{212a}",
        // Paths.
        "/",
        "//",
        "a/b",
        "/a",
        "a/",
        ".",
        "..",
        "../a",
        "a/./b",
        "\\",
        "a\\b",
        "zookeeper",
        // Quotes, patterns, places for values.
        "'",
        "''",
        "\"",
        "`",
        "\\'",
        "';--",
        "%",
        "a%",
        "%61",
        "%2F",
        "_",
        "?",
        "*",
        "a*",
        "[a]",
        "{a}",
        "{",
        "}",
        "$1",
        "$where",
        ":id",
        "@id",
        "#",
        "&",
        "|",
        "^a",
        "a$",
        "~",
        "!",
        ",",
        ":",
        "a:b",
        "a.b",
        "=",
        "(",
        ")",
        "<a>",
        "+",
        "-",
        "-a",
        // Whitespace and controls.
        "a\nb",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "a\0b",
        "a\0",
        "\0a",
        "\u{1}",
        "\u{1b}[0m",
        "\u{7f}",
        // Beyond the Basic Multilingual Plane, joined, without width, from right to left.
        "🦀",
        "👩\u{200d}👩\u{200d}👧",
        "\u{feff}",
        "\u{feff}a",
        "\u{200b}",
        "\u{202e}a",
        "\u{e000}",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10ffff}",
        "日本語",
        "العربية",
        // Values of other types.
        "null",
        "NULL",
        "None",
        "true",
        "0",
        "00",
        "-0",
        "1",
        "1.0",
        "1e0",
        "NaN",
        "[]",
        "{}",
    ];
    let mut texts: Vec<String> = short.iter().map(ToString::to_string).collect();
    for long in ["x", "/", "%", "'", "\\", "\0"] {
        texts.push(long.repeat(255));
    }
    // These differ at their ends only.
    texts.push("x".repeat(254) + "y");
    texts.push("x".repeat(254));
    texts.push("🦀".repeat(63) + "abc");
    texts.push("🦀".repeat(63) + "abd");
    texts
}

pub(super) async fn hostile_ids_are_kept_apart(site: &Site) -> Proof {
    let store = site.store().await?;
    let mut rows: Vec<Row> = texts()
        .into_iter()
        .zip(0..)
        .map(|(id, number)| Row::new(id).due(number).body(format!("body {number}")))
        .collect();
    store.put(&rows).await?;
    for row in &rows {
        assert_eq!(store.row(&row.id).await?.as_ref(), Some(row));
    }
    assert_eq!(store.due_rows("default", 1_000, 1_000).await?, rows);

    rows.sort_unstable_by(|a, b| a.id.as_bytes().cmp(b.id.as_bytes()));
    assert_eq!(store.walk(7).await?, rows, "all, in the order of their bytes");
    assert_eq!(store.insert_rows(&rows).await?, vec![false; rows.len()], "each is there already");

    // Each write reaches its own record only: every second is changed, every third is deleted.
    let (mut left, mut changes) = (Vec::new(), Vec::new());
    for (number, row) in rows.into_iter().enumerate() {
        if number % 3 == 0 {
            changes.push(row.delete());
        } else if number % 2 == 0 {
            let row = row.rewritten().due(None).body("changed");
            changes.push(row.write());
            left.push(row);
        } else {
            left.push(row);
        }
    }
    let count = changes.len();
    assert_eq!(store.swap(changes).await?, vec![true; count]);
    assert_eq!(store.walk(1_000).await?, left);
    Ok(())
}

pub(super) async fn hostile_lanes_are_kept_apart(site: &Site) -> Proof {
    let store = site.store().await?;
    let rows: Vec<Row> = texts()
        .into_iter()
        .zip(0..)
        .map(|(lane, number)| Row::new(format!("job {number}")).lane(lane).due(number))
        .collect();
    store.put(&rows).await?;
    for row in &rows {
        assert_eq!(store.due_rows(&row.lane, 1_000, 1_000).await?, row.alone());
        assert_eq!(store.earliest(&[&row.lane]).await?, row.due);
    }
    let mut lanes: Vec<&str> = rows.iter().map(|row| row.lane.as_str()).collect();
    assert_eq!(store.earliest(&lanes).await?, Some(0));
    lanes.sort_unstable();
    assert_eq!(store.lane_names().await?, lanes);

    // One lane loses its record, and no other does.
    for row in &rows[..20] {
        assert!(store.delete(row).await?);
        assert_eq!(store.earliest(&[&row.lane]).await?, None);
    }
    let lanes: Vec<&str> = rows[20..].iter().map(|row| row.lane.as_str()).collect();
    assert_eq!(store.earliest(&lanes).await?, Some(20));
    assert_eq!(store.lane_names().await?.len(), lanes.len());
    Ok(())
}
