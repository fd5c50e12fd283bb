//! Many records.

use super::row::Row;
use super::run::Proof;
use super::site::Site;

pub(super) async fn many_records_are_inserted_paged_and_claimed(site: &Site) -> Proof {
    let store = site.store().await?;
    let many = site.features().many;
    let batch = many / 100;
    assert!(batch >= 10, "many means 1,000 at least, not {many}");

    // Due in another order than that of their ids, which is another than that of inserting.
    let id = |n: usize| format!("job {n:07}");
    let due = |n: usize| 1_700_000_000_000_000 + (many - n) as i64;
    let row = |n: usize| Row::new(id(n)).due(due(n)).body(format!("{n:0200}"));
    for start in 0..100 {
        let rows: Vec<Row> = (0..batch).map(|n| row(n * 100 + start)).collect();
        store.put(&rows).await?;
    }
    let many = batch * 100;

    let listed = store.walk(batch).await?;
    assert_eq!(listed.len(), many);
    for (n, listed) in listed.iter().enumerate() {
        assert_eq!(*listed, row(n));
    }
    assert_eq!(store.row(&id(many / 2)).await?, Some(row(many / 2)));
    assert_eq!(store.earliest(&["default"]).await?, Some(due(many - 1)));
    assert_eq!(store.lane_names().await?, ["default"]);

    let first = store.due_rows("default", i64::MAX, batch).await?;
    assert!(first.iter().eq(listed.iter().rev().take(batch)), "the earliest of all");
    let moved: Vec<Row> =
        first.into_iter().map(|row| row.rewritten().lane("moved").body("moved")).collect();
    let won = store.swap(moved.iter().map(Row::write).collect()).await?;
    assert_eq!(won, vec![true; batch], "a batch of {batch} changes");
    assert_eq!(store.due_rows("moved", i64::MAX, many).await?, moved);
    assert_eq!(store.earliest(&["default"]).await?, Some(due(many - 1 - batch)));

    let pause = |row: Row| Some(row.rewritten().due(None).write());
    let claimed = store.claim_rows("default", i64::MAX, batch, pause).await?;
    assert_eq!(claimed.won, vec![true; batch], "{batch} claimed at once");
    assert_eq!(store.earliest(&["default"]).await?, Some(due(many - 1 - 2 * batch)));

    let left = store.due_rows("default", i64::MAX, usize::MAX).await?;
    assert_eq!(left.len(), many - 2 * batch);
    let deletions = left.iter().take(batch).map(Row::delete).collect();
    assert_eq!(store.swap(deletions).await?, vec![true; batch]);
    assert_eq!(store.walk(batch).await?.len(), many - batch);
    store.clear().await?;
    assert_eq!(store.page(None, 10).await?, []);
    Ok(())
}
