//! Sums of columns.

use crate::scalar::Scalar;

/// Columns that are summed together, in registers from the first row to the last.
const BLOCK: usize = 64;

/// Adds the sum of each column of `x` to `to`, row after row.
pub(super) fn add_columns<T: Scalar>(x: &[T], to: &mut [T]) {
    pulp::Arch::new().dispatch(Columns { x, to });
}

/// Columns to be summed up. A closure would not be inlined into the code compiled for the wide vectors; this is.
struct Columns<'a, T> {
    x: &'a [T],
    to: &'a mut [T],
}

impl<T: Scalar> pulp::NullaryFnOnce for Columns<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Columns { x, to } = self;
        let n = to.len();
        let (blocks, few) = to.as_chunks_mut::<BLOCK>();
        for (k, block) in blocks.iter_mut().enumerate() {
            let mut sums = *block;
            for row in x.chunks_exact(n) {
                let Some(row) = row[k * BLOCK..].first_chunk::<BLOCK>() else { break };
                for i in 0..BLOCK {
                    sums[i] += row[i];
                }
            }
            *block = sums;
        }
        let done = n - few.len();
        if done < n {
            for row in x.chunks_exact(n) {
                for (sum, x) in few.iter_mut().zip(&row[done..]) {
                    *sum += *x;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_is_summed_from_the_first_row_to_the_last() {
        for n in [1, 2, 63, 64, 65, 128, 200] {
            let x: Vec<f32> = (0..37 * n).map(|i| libm::sinf(1.0 + i as f32)).collect();
            let mut sums: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let want: Vec<f32> =
                (0..n).map(|c| x.chunks_exact(n).fold(sums[c], |sum, row| sum + row[c])).collect();
            add_columns(&x, &mut sums);
            assert_eq!(sums, want);
        }
    }
}
