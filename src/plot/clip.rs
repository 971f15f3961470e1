//! Cutting paths and polygons at a window, so that no coordinate leaves the picture whatever the data hold.

use super::scale::usable;

type At = (f64, f64);
type Range = (f64, f64);

/// Whether a point lies in the window.
pub fn inside((px, py): At, x: Range, y: Range) -> bool {
    px >= x.0 && px <= x.1 && py >= y.0 && py <= y.1
}

/// The pieces of a path that lie in the window; a missing or unusable value breaks the path.
pub fn path(points: &[At], x: Range, y: Range) -> Vec<Vec<At>> {
    let mut pieces: Vec<Vec<At>> = Vec::new();
    let mut joined = false;
    for pair in points.windows(2) {
        match segment(pair[0], pair[1], x, y) {
            None => joined = false,
            Some((from, to)) => {
                match pieces.last_mut() {
                    Some(piece) if joined && piece.last() == Some(&from) => piece.push(to),
                    _ => pieces.push(vec![from, to]),
                }
                joined = to == pair[1];
            }
        }
    }
    pieces
}

/// The part of a segment in the window (Liang & Barsky 1984).
fn segment(a: At, b: At, x: Range, y: Range) -> Option<(At, At)> {
    if ![a.0, a.1, b.0, b.1].into_iter().all(usable) {
        return None;
    }
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (p, q) in [(-dx, a.0 - x.0), (dx, x.1 - a.0), (-dy, a.1 - y.0), (dy, y.1 - a.1)] {
        if p == 0.0 && q < 0.0 {
            return None;
        }
        match p {
            p if p < 0.0 => enter = enter.max(q / p),
            p if p > 0.0 => leave = leave.min(q / p),
            _ => {}
        }
    }
    let at = |t: f64| ((a.0 + t * dx).clamp(x.0, x.1), (a.1 + t * dy).clamp(y.0, y.1));
    let from = if enter == 0.0 { a } else { at(enter) };
    let to = if leave == 1.0 { b } else { at(leave) };
    (enter <= leave).then_some((from, to))
}

/// The part of a polygon in the window (Sutherland & Hodgman 1974); empty where a corner is unusable.
pub fn polygon(ring: &[At], x: Range, y: Range) -> Vec<At> {
    if !ring.iter().all(|p| usable(p.0) && usable(p.1)) {
        return Vec::new();
    }
    if ring.iter().all(|p| inside(*p, x, y)) {
        return ring.to_vec();
    }
    let flip = |p: &At| (p.1, p.0);
    let across = half(&half(ring, x.0, 1.0), x.1, -1.0);
    let turned: Vec<At> = across.iter().map(flip).collect();
    half(&half(&turned, y.0, 1.0), y.1, -1.0).iter().map(flip).collect()
}

/// The part of a polygon where `sign * (x - edge) >= 0`.
fn half(ring: &[At], edge: f64, sign: f64) -> Vec<At> {
    let depth = |p: At| sign * (p.0 - edge);
    let mut kept = Vec::with_capacity(ring.len() + 4);
    for (index, &to) in ring.iter().enumerate() {
        let from = ring[(index + ring.len() - 1) % ring.len()];
        let (a, b) = (depth(from), depth(to));
        if (a >= 0.0) != (b >= 0.0) {
            kept.push((edge, from.1 + (to.1 - from.1) * (a / (a - b))));
        }
        if b >= 0.0 {
            kept.push(to);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Range = (0.0, 1.0);

    #[test]
    fn paths_break_at_missing_values_and_end_at_the_frame() {
        let points = [(0.1, 0.5), (0.2, f64::NAN), (0.3, 0.5), (0.4, 1e30), (0.5, 0.5), (0.6, 0.5)];
        let pieces = path(&points, UNIT, UNIT);
        assert_eq!(pieces.len(), 2);
        assert!(pieces.iter().flatten().all(|p| inside(*p, UNIT, UNIT)));
        assert_eq!(pieces[1].last(), Some(&(0.6, 0.5)));
        assert!(path(&[(2.0, 2.0), (3.0, 2.0)], UNIT, UNIT).is_empty());
        assert_eq!(path(&[(-1.0, 0.5), (2.0, 0.5)], UNIT, UNIT), vec![vec![(0.0, 0.5), (1.0, 0.5)]]);
    }

    #[test]
    fn a_polygon_around_the_window_becomes_the_window() {
        let ring = [(-1.0, -1.0), (2.0, -1.0), (2.0, 2.0), (-1.0, 2.0)];
        let cut = polygon(&ring, UNIT, UNIT);
        assert_eq!(cut.len(), 4);
        assert!(cut.iter().all(|p| inside(*p, UNIT, UNIT)));
        assert!(polygon(&[(f64::NAN, 0.0), (1.0, 0.0), (0.0, 1.0)], UNIT, UNIT).is_empty());
        assert!(polygon(&[(5.0, 5.0), (6.0, 5.0), (6.0, 6.0)], UNIT, UNIT).is_empty());
    }
}
