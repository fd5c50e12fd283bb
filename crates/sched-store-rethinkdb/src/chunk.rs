//! Batches in pieces that the server takes.

/// How many writes one query has. More would be no faster.
const MOST: usize = 500;
/// How many bytes of bodies, as they are written in a query, one query has if it has several. The
/// server takes 64 MiB in all.
const LARGEST: usize = 24 * 1024 * 1024;

/// The items in pieces, in order; `size` tells the bytes of one.
pub(crate) fn pieces<T>(items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut pieces = Vec::new();
    let (mut piece, mut total) = (Vec::new(), 0);
    for item in items {
        let bytes = size(&item);
        if piece.len() == MOST || (!piece.is_empty() && total + bytes > LARGEST) {
            pieces.push(std::mem::take(&mut piece));
            total = 0;
        }
        total += bytes;
        piece.push(item);
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_full_by_count_or_by_size_and_in_order() {
        assert!(pieces(Vec::<usize>::new(), |_| 0).is_empty());
        let many: Vec<usize> = (0..=2 * MOST).collect();
        let cut = pieces(many.clone(), |_| 1);
        assert_eq!(cut.iter().map(Vec::len).collect::<Vec<_>>(), [MOST, MOST, 1]);
        assert_eq!(cut.concat(), many);

        let large = vec![1, LARGEST, LARGEST - 1, 1, 1, 2 * LARGEST];
        let cut = pieces(large, |size| *size);
        let expected = [vec![1], vec![LARGEST], vec![LARGEST - 1, 1], vec![1], vec![2 * LARGEST]];
        assert_eq!(cut, expected);
    }
}
