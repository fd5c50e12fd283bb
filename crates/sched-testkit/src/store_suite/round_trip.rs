//! What is read back is what was written.

use sched_core::store::StoreError;

use super::row::Row;
use super::run::Proof;
use super::site::Site;

const MEGABYTE: usize = 1 << 20;

pub(super) async fn a_record_is_read_back_as_it_was_written(site: &Site) -> Proof {
    let store = site.store().await?;
    let paused = Row::new("paused").body([]);
    let mut row = Row::new("report").lane("threads").due(1_700_000_000_123_456).body(*b"\x01one");
    store.put(&[row.clone(), paused.clone()]).await?;
    for body in [&b"{two}"[..], b"", b"\x01three"] {
        assert_eq!(store.row("report").await?.as_ref(), Some(&row));
        assert_eq!(store.row("paused").await?.as_ref(), Some(&paused));
        assert_eq!(store.page(None, 10).await?, [paused.clone(), row.clone()]);
        assert_eq!(store.due_rows(&row.lane, i64::MAX, 10).await?, row.alone());
        row = row.rewritten().lane(format!("{} more", body.len())).due(-7_000_001).body(body);
        assert!(store.write(&row).await?);
    }
    assert_eq!(store.row("report").await?, Some(row));
    Ok(())
}

pub(super) async fn due_times_are_exact_to_the_microsecond_and_before_1970(site: &Site) -> Proof {
    let store = site.store().await?;
    let moments = site.features().moments;
    let (first, last) = (moments.start().as_micros(), moments.end().as_micros());
    let whole = 1 << 53;
    let mut times = vec![
        -62_135_596_800_000_000,
        -whole - 1,
        -1_700_000_000_123_456,
        -1_000_001,
        -1_000_000,
        -999_999,
        -1_001,
        -1,
        0,
        1,
        999,
        999_999,
        1_000_000,
        1_700_000_000_123_456,
        1_700_000_000_123_457,
        whole + 1,
        253_402_300_799_999_999,
    ];
    times.retain(|time| (first..=last).contains(time));
    times.extend([first, last]);
    let row = |time: i64| Row::new(format!("at {time}")).lane(format!("lane {time}")).due(time);
    store.put(&times.iter().copied().map(row).collect::<Vec<_>>()).await?;
    for time in times {
        let row = row(time);
        assert_eq!(store.row(&row.id).await?.as_ref(), Some(&row));
        assert_eq!(store.earliest(&[&row.lane]).await?, Some(time));
        assert_eq!(store.due_rows(&row.lane, time, 10).await?, row.alone());
        if time > first {
            assert_eq!(store.due_ids(&row.lane, time - 1).await?, [""; 0], "a microsecond early");
        }
    }
    Ok(())
}

pub(super) async fn bodies_of_all_sizes_are_read_back(site: &Site) -> Proof {
    let store = site.store().await?;
    let largest = site.features().largest_body.unwrap_or(8 * MEGABYTE);
    let sizes = [0, 1, 255, 256, 65_535, 65_536, 500_000, 1_000_000, MEGABYTE, largest];
    for size in sizes.into_iter().filter(|size| *size <= largest) {
        let row = Row::new(format!("{size:0>255}")).due(0).body(noise(size));
        assert_eq!(store.insert_rows(row.alone()).await?, [true]);
        assert_eq!(store.row(&row.id).await?.as_ref(), Some(&row));
        let other: Vec<u8> = row.body.iter().map(|byte| !byte).collect();
        let row = row.rewritten().body(other);
        assert!(store.write(&row).await?);
        assert_eq!(store.due_rows("default", 0, 1).await?, row.alone());
        assert!(store.delete(&row).await?);
    }
    Ok(())
}

pub(super) async fn a_body_too_large_is_refused_and_nothing_else(site: &Site) -> Proof {
    let store = site.store().await?;
    let row = Row::new("large").due(1);
    let neighbour = Row::new("neighbour").due(2);
    store.put(&[row.clone(), neighbour.clone()]).await?;
    // Where no limit is declared, one that is found all the same is a failure.
    let Some(limit) = site.features().largest_body else {
        let row = row.rewritten().body(noise(8 * MEGABYTE));
        assert!(store.write(&row).await?);
        assert_eq!(store.row("large").await?, Some(row));
        return Ok(());
    };
    let too_large = noise(limit + 255 + MEGABYTE);
    let inserted = store.insert_rows(&[Row::new("new").body(too_large.clone())]).await;
    must_be_too_large(inserted, "new");
    let written = store.write(&row.clone().rewritten().body(too_large)).await;
    must_be_too_large(written, "large");
    assert_eq!(store.walk(10).await?, [row.clone(), neighbour]);
    assert!(store.write(&row.rewritten().body(noise(limit))).await?, "the store goes on");
    Ok(())
}

fn must_be_too_large<T: std::fmt::Debug>(answer: Result<T, StoreError>, job: &str) {
    match answer {
        Err(StoreError::TooLarge { id, size, limit }) => {
            assert_eq!(&*id, job);
            assert!(size > limit, "{size} bytes are not more than {limit}");
        }
        other => panic!("{job}: not refused as too large: {other:?}"),
    }
}

pub(super) async fn a_body_that_nobody_can_decode_is_kept_byte_for_byte(site: &Site) -> Proof {
    let store = site.store().await?;
    let all_bytes: Vec<u8> = (0..=255).collect();
    let bodies: [&[u8]; 8] = [
        &all_bytes,
        b"",
        b"\0\0\0",
        b"\xff\xfe\xfd",
        b"{\"version\":99,\"unknown\":true}",
        b"\x80\x04pickled",
        b" trailing \r\n ",
        "\u{feff}ä\u{301}".as_bytes(),
    ];
    let row = |(number, body): (usize, &&[u8])| {
        Row::new(format!("foreign-{number}")).due(i64::try_from(number).ok()).body(*body)
    };
    let rows: Vec<Row> = bodies.iter().enumerate().map(row).collect();
    store.put(&rows).await?;
    assert_eq!(store.due_rows("default", 100, 100).await?, rows);
    let mut looked_at = Vec::new();
    let look = |row: Row| {
        looked_at.push(row);
        None
    };
    assert_eq!(store.claim_rows("default", 100, 100, look).await?.seen, rows.len());
    assert_eq!(looked_at, rows);
    assert_eq!(store.walk(3).await?, rows);
    for row in rows {
        let row = row.rewritten().due(None);
        assert!(store.write(&row).await?);
        assert_eq!(store.row(&row.id).await?, Some(row));
    }
    Ok(())
}

/// Bytes that do not compress, the same every time.
fn noise(size: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut bytes = vec![0; size];
    random.fill(&mut bytes);
    bytes
}
