//! Squares of numbers, transposed.

/// Side of a square.
pub const SIDE: usize = 8;

/// A square, row by row.
pub type Square<T> = [[T; SIDE]; SIDE];

/// The transpose, number by number.
#[inline(always)]
pub(super) fn plain<T: Copy>(square: Square<T>) -> Square<T> {
    std::array::from_fn(|c| std::array::from_fn(|r| square[r][c]))
}

/// The transpose of single precision numbers: eight vectors of eight lanes, where the processor has them.
#[inline(always)]
pub(super) fn by_vectors(square: Square<f32>) -> Square<f32> {
    #[cfg(target_arch = "x86_64")]
    if let Some(unit) = pulp::x86::V3::try_new() {
        use std::arch::x86_64::__m256;
        let avx = unit.avx;
        let [a, b, c, d, e, f, g, h]: [__m256; SIDE] = pulp::cast(square);
        // Pairs of rows, number by number; then pairs of pairs; both within the lower and the upper four columns.
        let (ab, ab_next) = (avx._mm256_unpacklo_ps(a, b), avx._mm256_unpackhi_ps(a, b));
        let (cd, cd_next) = (avx._mm256_unpacklo_ps(c, d), avx._mm256_unpackhi_ps(c, d));
        let (ef, ef_next) = (avx._mm256_unpacklo_ps(e, f), avx._mm256_unpackhi_ps(e, f));
        let (gh, gh_next) = (avx._mm256_unpacklo_ps(g, h), avx._mm256_unpackhi_ps(g, h));
        let upper = [
            avx._mm256_shuffle_ps::<0b01_00_01_00>(ab, cd),
            avx._mm256_shuffle_ps::<0b11_10_11_10>(ab, cd),
            avx._mm256_shuffle_ps::<0b01_00_01_00>(ab_next, cd_next),
            avx._mm256_shuffle_ps::<0b11_10_11_10>(ab_next, cd_next),
        ];
        let lower = [
            avx._mm256_shuffle_ps::<0b01_00_01_00>(ef, gh),
            avx._mm256_shuffle_ps::<0b11_10_11_10>(ef, gh),
            avx._mm256_shuffle_ps::<0b01_00_01_00>(ef_next, gh_next),
            avx._mm256_shuffle_ps::<0b11_10_11_10>(ef_next, gh_next),
        ];
        return pulp::cast([
            avx._mm256_permute2f128_ps::<0x20>(upper[0], lower[0]),
            avx._mm256_permute2f128_ps::<0x20>(upper[1], lower[1]),
            avx._mm256_permute2f128_ps::<0x20>(upper[2], lower[2]),
            avx._mm256_permute2f128_ps::<0x20>(upper[3], lower[3]),
            avx._mm256_permute2f128_ps::<0x31>(upper[0], lower[0]),
            avx._mm256_permute2f128_ps::<0x31>(upper[1], lower[1]),
            avx._mm256_permute2f128_ps::<0x31>(upper[2], lower[2]),
            avx._mm256_permute2f128_ps::<0x31>(upper[3], lower[3]),
        ]);
    }
    plain(square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let square: Square<f32> = std::array::from_fn(|r| std::array::from_fn(|c| (10 * r + c) as f32));
        let want: Square<f32> = std::array::from_fn(|r| std::array::from_fn(|c| (10 * c + r) as f32));
        assert_eq!(plain(square), want);
        assert_eq!(by_vectors(square), want);
    }
}
