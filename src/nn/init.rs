//! Initial weights.

use super::network::{Network, Role};
use crate::random::{Address, fill_normal};
use crate::scalar::Scalar;
use crate::scenario::{Init, InitKind};
use rand_distr::{Distribution, Uniform};

/// The initial parameters of a network: weights as `init` says, seen as matrices of as many rows as their first
/// dimension has; scales of normalisation one, biases and shifts zero. The k-th weight draws at `address.with_draw(k)`.
pub fn initial_parameters<T: Scalar>(network: &Network, init: Init, address: Address) -> Vec<T> {
    let mut theta = vec![T::ZERO; network.parameters()];
    let mut number = 0;
    for slot in network.slots() {
        match slot.role {
            Role::Shift => {}
            Role::Scale => theta[slot.range].fill(T::ONE),
            Role::Weight => {
                let rows = slot.shape[0];
                let weight = draw(init.kind, rows, slot.range.len() / rows, address.with_draw(number));
                number += 1;
                for (to, from) in theta[slot.range].iter_mut().zip(weight) {
                    *to = T::of(init.gain * from);
                }
            }
        }
    }
    theta
}

/// Weights `[rows, cols]` of gain 1, row by row.
fn draw(kind: InitKind, rows: usize, cols: usize, address: Address) -> Vec<f64> {
    let xavier = (2.0 / (rows + cols) as f64).sqrt();
    let kaiming = (2.0 / cols as f64).sqrt();
    match kind {
        InitKind::Orthogonal => orthogonal(rows, cols, address),
        InitKind::XavierUniform => uniform(rows * cols, xavier, address),
        InitKind::XavierNormal => normal(rows * cols, xavier, address),
        InitKind::KaimingUniform => uniform(rows * cols, kaiming, address),
        InitKind::KaimingNormal => normal(rows * cols, kaiming, address),
        InitKind::Normal => normal(rows * cols, 1.0, address),
    }
}

fn normal(n: usize, std: f64, address: Address) -> Vec<f64> {
    let mut out = vec![0.0; n];
    fill_normal(address, &mut out);
    out.iter_mut().for_each(|x| *x *= std);
    out
}

/// Uniform with the standard deviation `std`: on [-sqrt(3) std, sqrt(3) std].
fn uniform(n: usize, std: f64, address: Address) -> Vec<f64> {
    let reach = 3.0f64.sqrt() * std;
    let mut rng = address.rng();
    // The bounds are finite and ordered for every width, so the distribution exists.
    match Uniform::new_inclusive(-reach, reach) {
        Ok(uniform) => uniform.sample_iter(&mut rng).take(n).collect(),
        Err(_) => vec![0.0; n],
    }
}

/// Orthonormal columns of a tall normal matrix by classical Gram-Schmidt applied twice ("twice is enough", Giraud et al.
/// 2005), which leaves the distribution of Haar: signs are those of the drawn columns. Transposed for wide ones. Row by
/// row, `[rows, cols]`.
pub fn orthogonal(rows: usize, cols: usize, address: Address) -> Vec<f64> {
    let (tall, short) = (rows.max(cols), rows.min(cols));
    let mut columns = normal(tall * short, 1.0, address);
    pulp::Arch::new().dispatch(GramSchmidt { columns: &mut columns, tall });
    if rows < cols {
        return columns;
    }
    (0..tall).flat_map(|r| columns.iter().skip(r).step_by(tall)).copied().collect()
}

/// Columns whose dot products with another are taken together.
const GROUP: usize = 32;

/// Columns to be made orthonormal, each `tall` numbers. A closure would not be inlined into the code compiled for the wide
/// vectors; this is. Sums go in the order of the elements, so that weights are the same bits on every machine.
struct GramSchmidt<'a> {
    columns: &'a mut [f64],
    tall: usize,
}

impl pulp::NullaryFnOnce for GramSchmidt<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let GramSchmidt { columns, tall } = self;
        // The columns that are ready once more, element by element in groups; zeros in place of those to come.
        let mut groups: Vec<Vec<[f64; GROUP]>> = Vec::new();
        let mut along: Vec<[f64; GROUP]> = Vec::new();
        for j in 0..columns.len() / tall {
            let (ready, rest) = columns.split_at_mut(j * tall);
            let own = &mut rest[..tall];
            for _ in 0..2 {
                // No closures: one that is not inlined is compiled for the narrowest vectors.
                along.clear();
                for group in &groups {
                    along.push(dots(group, own));
                }
                for (column, along) in ready.chunks_exact(tall).zip(along.as_flattened()) {
                    for (x, q) in own.iter_mut().zip(column) {
                        *x -= along * q;
                    }
                }
            }
            let by = 1.0 / own.iter().map(|x| x * x).sum::<f64>().sqrt();
            own.iter_mut().for_each(|x| *x *= by);
            if j.is_multiple_of(GROUP) {
                groups.push(vec![[0.0; GROUP]; tall]);
            }
            if let Some(group) = groups.last_mut() {
                for (lanes, x) in group.iter_mut().zip(&*own) {
                    lanes[j % GROUP] = *x;
                }
            }
        }
    }
}

/// Dot products of a group's columns with one.
#[inline(always)]
fn dots(group: &[[f64; GROUP]], own: &[f64]) -> [f64; GROUP] {
    let mut sums = [0.0; GROUP];
    for (lanes, x) in group.iter().zip(own) {
        for k in 0..GROUP {
            sums[k] += lanes[k] * x;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Mlp;
    use crate::random::Stream;
    use crate::scenario::Activation;
    use nalgebra::DMatrix;

    fn address() -> Address {
        Address::new(3, Stream::InitGenerator, 0)
    }

    #[test]
    fn orthogonal_rows_or_columns_are_orthonormal() {
        for (rows, cols) in [(5, 9), (9, 5), (1, 128), (128, 2), (64, 64)] {
            let w = DMatrix::from_row_slice(rows, cols, &orthogonal(rows, cols, address()));
            let gram = if rows <= cols { &w * w.transpose() } else { w.transpose() * &w };
            let n = rows.min(cols);
            assert!((gram - DMatrix::<f64>::identity(n, n)).abs().max() < 1e-13);
        }
    }

    #[test]
    fn orthogonal_is_gram_schmidt_twice_column_by_column_to_the_bit() {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for (tall, short) in [(37, 21), (70, 67), (10, 9), (128, 2), (5, 1)] {
            let mut q: Vec<Vec<f64>> =
                normal(tall * short, 1.0, address()).chunks_exact(tall).map(<[f64]>::to_vec).collect();
            for j in 0..short {
                for _ in 0..2 {
                    let along: Vec<f64> = (0..j).map(|i| dot(&q[i], &q[j])).collect();
                    for (i, along) in along.iter().enumerate() {
                        q[j] = q[j].iter().zip(&q[i]).map(|(x, q)| x - along * q).collect();
                    }
                }
                let by = 1.0 / dot(&q[j], &q[j]).sqrt();
                q[j].iter_mut().for_each(|x| *x *= by);
            }
            assert_eq!(orthogonal(short, tall, address()), q.concat());
        }
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let (rows, cols) = (300, 400);
        for (kind, want) in [
            (InitKind::XavierUniform, 2.0 / 700.0),
            (InitKind::XavierNormal, 2.0 / 700.0),
            (InitKind::KaimingUniform, 2.0 / 400.0),
            (InitKind::KaimingNormal, 2.0 / 400.0),
            (InitKind::Normal, 1.0),
        ] {
            let w = draw(kind, rows, cols, address());
            let variance = w.iter().map(|x| x * x).sum::<f64>() / w.len() as f64;
            assert!((variance / want - 1.0).abs() < 0.02, "{kind:?}");
        }
    }

    #[test]
    fn biases_start_at_zero_and_layers_differ() {
        let mlp =
            Mlp { sizes: vec![4, 4, 4], activation: Activation::Relu, input_scale: 1.0, output_scale: 1.0 };
        let theta: Vec<f64> = initial_parameters(&Network::Mlp(mlp.clone()), Init::default(), address());
        let layers = mlp.layers();
        assert!(layers.iter().all(|l| theta[l.bias.clone()].iter().all(|b| *b == 0.0)));
        assert_ne!(theta[layers[0].weight.clone()], theta[layers[1].weight.clone()]);
    }
}
