//! Which eigenvalue of one spectrum became which of another: pairs whose distances add up to the least.

use super::super::panel::At;

/// Up to this many the best matching is found, beyond it a good one.
const BEST: usize = 300;

/// For each point of the first list the index of its match in the second, of the same length.
pub fn matched(from: &[At], to: &[At]) -> Vec<usize> {
    debug_assert_eq!(from.len(), to.len());
    if from.len() <= BEST { best(from, to) } else { nearest(from, to) }
}

fn apart(a: At, b: At) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// The outermost first, each takes the nearest that is left.
fn nearest(from: &[At], to: &[At]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..from.len()).collect();
    order.sort_by(|a, b| from[*b].0.hypot(from[*b].1).total_cmp(&from[*a].0.hypot(from[*a].1)));
    let mut free: Vec<usize> = (0..to.len()).collect();
    let mut out = vec![0; from.len()];
    for k in order {
        let distance = |j: &usize| apart(from[k], to[*j]);
        let closest = (0..free.len()).min_by(|a, b| distance(&free[*a]).total_cmp(&distance(&free[*b])));
        let Some(place) = closest else { break };
        out[k] = free.swap_remove(place);
    }
    out
}

/// The Hungarian method with potentials: row by row, each by a shortest augmenting path.
fn best(from: &[At], to: &[At]) -> Vec<usize> {
    let n = from.len();
    // Index 0 is a sentinel: a column without a row is matched to row 0.
    let (mut row_price, mut column_price) = (vec![0.0; n + 1], vec![0.0; n + 1]);
    let (mut row_of, mut before) = (vec![0; n + 1], vec![0; n + 1]);
    for row in 1..=n {
        row_of[0] = row;
        let (mut shortest, mut done) = (vec![f64::INFINITY; n + 1], vec![false; n + 1]);
        let mut column = 0;
        while row_of[column] != 0 {
            done[column] = true;
            let i = row_of[column];
            let (mut step, mut next) = (f64::INFINITY, 0);
            for j in (1..=n).filter(|j| !done[*j]) {
                let cost = apart(from[i - 1], to[j - 1]) - row_price[i] - column_price[j];
                if cost < shortest[j] {
                    (shortest[j], before[j]) = (cost, column);
                }
                if shortest[j] < step {
                    (step, next) = (shortest[j], j);
                }
            }
            if next == 0 {
                // Only where a distance is no number.
                return (0..n).collect();
            }
            for j in 0..=n {
                if done[j] {
                    row_price[row_of[j]] += step;
                    column_price[j] -= step;
                } else {
                    shortest[j] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut out = vec![0; n];
    for j in 1..=n {
        out[row_of[j] - 1] = j - 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::Dice;
    use super::*;

    #[test]
    fn matches_are_a_permutation_and_undo_a_shuffle() {
        for n in [0, 1, 7, 120, 400] {
            let mut dice = Dice::new(n as u64 + 1);
            let to: Vec<At> = (0..n).map(|_| (dice.normal(), dice.normal())).collect();
            let from: Vec<At> = (0..n).map(|k| to[(k * 7 + 3) % n.max(1)]).collect();
            let mut found = matched(&from, &to);
            let moved: f64 = found.iter().zip(&from).map(|(j, p)| apart(to[*j], *p)).sum();
            assert!(moved < 1e-12 || n % 7 == 0, "{n}: {moved}");
            found.sort_unstable();
            assert_eq!(found, (0..n).collect::<Vec<_>>());
        }
    }

    /// The nearest for the first would leave a long way for the second.
    #[test]
    fn the_sum_counts() {
        let (from, to) = ([(0.0, 0.0), (1.0, 0.0)], [(0.9, 0.0), (2.5, 0.0)]);
        assert_eq!(best(&from, &to), [0, 1]);
        let (from, to) = ([(1.0, 0.0), (0.0, 0.0)], [(0.9, 0.0), (-3.0, 0.0)]);
        assert_eq!(best(&from, &to), [0, 1]);
    }
}
