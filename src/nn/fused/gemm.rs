//! Matrix products of row-major slices.

use crate::scalar::Scalar;
use serde::{Deserialize, Serialize};

/// Which matrix products a run uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernels {
    /// The fastest for this processor: fused multiply-add and vector widths are chosen at run time.
    #[default]
    Native,
    /// Fixed order of summation and no fused multiply-add: equal bits on every machine.
    Portable,
}

/// What becomes of the old contents of a product's destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// They are overwritten.
    Set,
    /// The product is added to them.
    Add,
}

/// The two factors of a product, row-major; `t` marks one that is taken transposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `a[m,k] b[k,n]`.
    Plain,
    /// `a[m,k] b[n,k]'`.
    RightTransposed,
    /// `a[k,m]' b[k,n]`.
    LeftTransposed,
}

impl Kernels {
    /// The set of kernels that results depend on, bit for bit: "portable", or "native" and the vector unit.
    pub fn set(self) -> String {
        match self {
            Kernels::Portable => "portable".to_string(),
            Kernels::Native => format!("native {}", vector_unit()),
        }
    }

    /// `out[m,n] (+)= a b` with shapes `mkn = [m, k, n]`, `form` saying how `a` and `b` are stored.
    pub fn product<T: Scalar>(
        self,
        form: Form,
        mkn: [usize; 3],
        (a, b): (&[T], &[T]),
        into: Into,
        out: &mut [T],
    ) {
        let [m, k, n] = mkn;
        assert!(a.len() == m * k && b.len() == k * n && out.len() == m * n, "shapes of a product");
        match self {
            Kernels::Native => native(form, mkn, a, b, into, out),
            Kernels::Portable => pulp::Arch::new().dispatch(Portable { form, mkn, a, b, into, out }),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn vector_unit() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if is_x86_feature_detected!("fma") {
        "avx2+fma"
    } else {
        "sse2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn vector_unit() -> &'static str {
    std::env::consts::ARCH
}

/// By the crate `gemm`.
fn native<T: Scalar>(form: Form, [m, k, n]: [usize; 3], a: &[T], b: &[T], into: Into, out: &mut [T]) {
    let (a_row, a_col) = if form == Form::LeftTransposed { (1, m) } else { (k, 1) };
    let (b_row, b_col) = if form == Form::RightTransposed { (1, k) } else { (n, 1) };
    // SAFETY: the caller checked that the slices hold m*k, k*n and m*n numbers, which the strides span exactly;
    // `out` is borrowed mutably and so does not overlap the others.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            into == Into::Add,
            a.as_ptr(),
            a_col as isize,
            a_row as isize,
            b.as_ptr(),
            b_col as isize,
            b_row as isize,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// A product by the portable kernel. A closure would not be inlined into the code compiled for the wide vectors; this
/// is.
struct Portable<'a, T> {
    form: Form,
    mkn: [usize; 3],
    a: &'a [T],
    b: &'a [T],
    into: Into,
    out: &'a mut [T],
}

impl<T: Scalar> pulp::NullaryFnOnce for Portable<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        portable(self.form, self.mkn, self.a, self.b, self.into, self.out);
    }
}

/// Rows and columns of `out` that are summed together in registers.
const ROWS: usize = 4;
const COLS: usize = 32;

/// Every number of `out` is its old value (or 0) plus the products in the order of k, one rounding each: how the
/// loops are tiled changes no bit.
#[inline(always)]
fn portable<T: Scalar>(form: Form, [m, k, n]: [usize; 3], a: &[T], b: &[T], into: Into, out: &mut [T]) {
    if into == Into::Set {
        out.fill(T::ZERO);
    }
    let mut transposed;
    let b = if form == Form::RightTransposed {
        transposed = vec![T::ZERO; b.len()];
        transpose(b, n, k, &mut transposed);
        &transposed[..]
    } else {
        b
    };
    let a_at = |i: usize, p: usize| if form == Form::LeftTransposed { a[p * m + i] } else { a[i * k + p] };
    for i in (0..m).step_by(ROWS) {
        for j in (0..n).step_by(COLS) {
            if i + ROWS <= m && j + COLS <= n {
                tile(k, n, |r, p| a_at(i + r, p), &b[j..], &mut out[i * n + j..]);
            } else {
                for r in i..m.min(i + ROWS) {
                    edge(n, |p| a_at(r, p), b, j..n.min(j + COLS), &mut out[r * n..][..n]);
                }
            }
        }
    }
}

/// A whole tile: `out` and `b` start at its first column.
#[inline(always)]
fn tile<T: Scalar>(k: usize, n: usize, a: impl Fn(usize, usize) -> T, b: &[T], out: &mut [T]) {
    let mut sums = [[T::ZERO; COLS]; ROWS];
    for (r, sums) in sums.iter_mut().enumerate() {
        sums.copy_from_slice(&out[r * n..][..COLS]);
    }
    let [mut s0, mut s1, mut s2, mut s3] = sums;
    for p in 0..k {
        let b = &b[p * n..][..COLS];
        let [a0, a1, a2, a3] = [a(0, p), a(1, p), a(2, p), a(3, p)];
        for c in 0..COLS {
            s0[c] += a0 * b[c];
            s1[c] += a1 * b[c];
            s2[c] += a2 * b[c];
            s3[c] += a3 * b[c];
        }
    }
    for (r, sums) in [s0, s1, s2, s3].iter().enumerate() {
        out[r * n..][..COLS].copy_from_slice(sums);
    }
}

/// Part of a row at the edge, where no whole tile fits.
#[inline(always)]
fn edge<T: Scalar>(n: usize, a: impl Fn(usize) -> T, b: &[T], cols: std::ops::Range<usize>, out: &mut [T]) {
    for (p, b) in b.chunks_exact(n).enumerate() {
        let a = a(p);
        for (sum, b) in out[cols.clone()].iter_mut().zip(&b[cols.clone()]) {
            *sum += a * *b;
        }
    }
}

/// `[rows, cols]` to `[cols, rows]`.
pub(super) fn transpose<T: Scalar>(x: &[T], rows: usize, cols: usize, to: &mut [T]) {
    for (r, row) in x.chunks_exact(cols).enumerate() {
        for (c, v) in row.iter().enumerate() {
            to[c * rows + r] = *v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn oracle(form: Form, [m, k, n]: [usize; 3], a: &[f64], b: &[f64]) -> Vec<f64> {
        let at = |i: usize, p: usize| if form == Form::LeftTransposed { a[p * m + i] } else { a[i * k + p] };
        let bt = |p: usize, j: usize| if form == Form::RightTransposed { b[j * k + p] } else { b[p * n + j] };
        let cell = |c: usize| (0..k).map(|p| at(c / n, p) * bt(p, c % n)).sum();
        (0..m * n).map(cell).collect()
    }

    proptest! {
        #[test]
        fn both_kernels_multiply(m in 1usize..20, k in 1usize..20, n in 1usize..20, seed in 0u64..1000) {
            let noise = |i: usize, s: f64| libm::sin((i as f64 + 1.3 * s) * (seed as f64 + 0.7));
            let a: Vec<f64> = (0..m * k).map(|i| noise(i, 1.0)).collect();
            let b: Vec<f64> = (0..k * n).map(|i| noise(i, 2.0)).collect();
            for form in [Form::Plain, Form::RightTransposed, Form::LeftTransposed] {
                let want = oracle(form, [m, k, n], &a, &b);
                for kernels in [Kernels::Native, Kernels::Portable] {
                    let mut got = vec![1.0; m * n];
                    kernels.product(form, [m, k, n], (&a, &b), Into::Add, &mut got);
                    for (g, w) in got.iter().zip(&want) {
                        prop_assert!((g - 1.0 - w).abs() < 1e-12);
                    }
                    kernels.product(form, [m, k, n], (&a, &b), Into::Set, &mut got);
                    for (g, w) in got.iter().zip(&want) {
                        prop_assert!((g - w).abs() < 1e-12);
                    }
                }
            }
        }
    }
}
