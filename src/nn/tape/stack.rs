//! Networks of layers over images on candle tensors `[rows, channels, height, width]`.

use super::{Jet, Pointwise};
use crate::nn::Stack;
use crate::nn::stack::{STD_EPSILON, factors};
use crate::random::Chance;
use crate::scenario::{Extent, GlobalPooled, NormGroup, Op, Operation, Pooled};
use candle_core::{DType, Device, Result, Tensor};

/// Squarings of the Gram matrix that find a weight's first singular vector.
const SQUARINGS: usize = 10;

/// x^power.
struct Power(f64);

impl Pointwise for Power {
    fn derivative(&self, order: usize, x: &Tensor) -> Result<Tensor> {
        let factor = (0..order).map(|k| self.0 - k as f64).product::<f64>();
        x.powf(self.0 - order as f64)?.affine(factor, 0.0)
    }
}

/// Runs `x`, `[rows, inputs]`, through the network with the flat parameters `theta`.
pub fn forward(stack: &Stack, theta: &Jet, x: &Jet, chance: Option<Chance>) -> Result<Jet> {
    let Extent { channels, height, width } = stack.plan.input;
    let (x, labels) = match stack.plan.classes {
        Some(classes) => {
            let n = stack.plan.input.numbers();
            let column = x.value()?.narrow(1, n, 1)?.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?;
            let labels: Vec<u32> =
                column.iter().map(|label| (*label as u32).min(classes as u32 - 1)).collect();
            let labels =
                Tensor::from_vec(labels, column.len(), &Device::Cpu)?.to_device(x.value()?.device())?;
            (x.map(|x| x.narrow(1, 0, n))?, Some(labels))
        }
        None => (x.clone(), None),
    };
    let on = On { chance, labels };
    let image = x.map(|x| x.reshape(((), channels, height, width))?.affine(stack.input_scale, 0.0))?;
    let out = run(&stack.plan.ops, theta, image, &on)?;
    out.map(|y| y.flatten_from(1)?.affine(stack.output_scale, 0.0))
}

/// What layers know of the samples besides their numbers.
struct On {
    chance: Option<Chance>,
    /// `[rows]`.
    labels: Option<Tensor>,
}

impl On {
    /// The rows of a table that belong to the samples' labels.
    fn rows_of(&self, table: &Jet) -> Result<Jet> {
        let labels =
            self.labels.as_ref().ok_or_else(|| candle_core::Error::Msg("samples without labels".into()))?;
        table.map(|table| table.contiguous()?.index_select(labels, 0))
    }
}

fn run(ops: &[Op], theta: &Jet, x: Jet, on: &On) -> Result<Jet> {
    ops.iter().try_fold(x, |x, op| step(op, theta, &x, on))
}

fn step(op: &Op, theta: &Jet, x: &Jet, on: &On) -> Result<Jet> {
    let rows = x.value()?.dim(0)?;
    let Extent { channels, height, width } = op.input;
    let out = (rows, op.output.channels, op.output.height, op.output.width);
    let weight = |spectral: bool| -> Result<Jet> {
        let w = theta.map(|t| t.narrow(0, op.weight.start, op.weight.len())?.reshape(op.shape.clone()))?;
        if spectral { normalised(&w) } else { Ok(w) }
    };
    let per_channel = |range: &std::ops::Range<usize>| {
        theta.map(|t| {
            t.narrow(0, range.start, range.len())?.reshape((1, range.len(), 1, 1))?.broadcast_as(out)
        })
    };
    match &op.operation {
        Operation::Dense { spectral } => {
            let flat = x.map(|x| x.flatten_from(1))?;
            let product = flat.product(&weight(*spectral)?, |x, w| x.matmul(&w.t()?)?.reshape(out))?;
            product.add(&per_channel(&op.bias)?)
        }
        Operation::Conv { window, spectral } => {
            let y =
                x.product(&weight(*spectral)?, |x, w| x.conv2d(w, window.padding, window.stride, 1, 1))?;
            y.add(&per_channel(&op.bias)?)
        }
        Operation::ConvTransposed { window, spectral } => {
            let y = x.product(&weight(*spectral)?, |x, w| {
                x.conv_transpose2d(w, window.padding, 0, window.stride, 1)
            })?;
            y.add(&per_channel(&op.bias)?)
        }
        Operation::Upsample(f) => x.map(|x| {
            let wide = x.reshape((rows, channels, height, 1, width, 1))?;
            wide.broadcast_as((rows, channels, height, *f, width, *f))?.reshape(out)
        }),
        Operation::Pool(Pooled::Mean, s) => x.map(|x| squares(x, op, *s)?.mean_keepdim(4)?.reshape(out)),
        Operation::Pool(Pooled::Max, s) => {
            let first = largest(&squares(x.value()?, op, *s)?)?;
            x.map(|x| squares(x, op, *s)?.contiguous()?.gather(&first, 4)?.reshape(out))
        }
        Operation::GlobalPool(of) => x.map(|x| {
            let flat = x.flatten_from(2)?;
            let y = if *of == GlobalPooled::Mean { flat.mean_keepdim(2)? } else { flat.sum_keepdim(2)? };
            y.reshape(out)
        }),
        Operation::Activation(function) => x.apply(function),
        Operation::Reshape => x.map(|x| x.reshape(out)),
        Operation::Norm { over, epsilon } => {
            let size = if let NormGroup::GhostBatch { size } = over { *size } else { rows };
            let y = in_groups(x, size, |x| normalise(x, *over, op.input, *epsilon))?;
            y.product(&per_channel(&op.weight)?, |y, w| y.mul(w))?.add(&per_channel(&op.bias)?)
        }
        Operation::MinibatchStd(group) => in_groups(x, *group, |x| with_std(x, op.input)),
        Operation::Residual { body, shortcut } => {
            run(body, theta, x.clone(), on)?.add(&run(shortcut, theta, x.clone(), on)?)
        }
        Operation::Embed => {
            let further = op.output.channels - channels;
            let vector = on.rows_of(&weight(false)?)?;
            let image = vector.map(|v| {
                v.reshape((rows, further, 1, 1))?.broadcast_as((rows, further, height, width))?.contiguous()
            })?;
            beside(x, &image)
        }
        Operation::Projection { spectral } => {
            let h = x.map(|x| x.flatten_from(1))?;
            let table = weight(false)?;
            let part = |first: usize, count: usize| {
                let part = table.map(|t| t.narrow(0, first, count)?.contiguous())?;
                if *spectral { normalised(&part) } else { Ok(part) }
            };
            let all = part(0, 1)?.map(|t| t.broadcast_as((rows, channels)))?;
            let own = on.rows_of(&part(1, table.value()?.dim(0)? - 1)?)?;
            let product = h.product(&all.add(&own)?, |h, w| h.mul(w)?.sum_keepdim(1)?.reshape(out))?;
            product.add(&per_channel(&op.bias)?)
        }
        Operation::Dropout { rate, number } => match on.chance {
            Some(chance) => {
                let of_sample = |row| (0..op.input.numbers()).map(factors(chance, *number, *rate, row));
                let mask = (0..rows).flat_map(of_sample).collect::<Vec<f64>>();
                let mask = like(x.value()?, mask)?;
                x.map(|x| x.mul(&mask))
            }
            None => Ok(x.clone()),
        },
    }
}

/// Numbers of the host as a tensor of the shape, kind and device of another.
pub(crate) fn like(x: &Tensor, numbers: Vec<f64>) -> Result<Tensor> {
    Tensor::from_vec(numbers, x.shape(), &Device::Cpu)?.to_dtype(x.dtype())?.to_device(x.device())
}

/// The channels of two jets one behind the other, each of which may move alone.
fn beside(a: &Jet, b: &Jet) -> Result<Jet> {
    let zeros = |x: &Jet| x.value()?.zeros_like();
    let (left, right) = (zeros(b)?, zeros(a)?);
    let a = a.map(|a| Tensor::cat(&[a, &left], 1))?;
    a.add(&b.map(|b| Tensor::cat(&[&right, b], 1))?)
}

/// `[rows, channels, height / s, width / s, s * s]`.
fn squares(x: &Tensor, op: &Op, s: usize) -> Result<Tensor> {
    let (rows, channels) = (x.dim(0)?, op.input.channels);
    let (height, width) = (op.output.height, op.output.width);
    let parted = x.reshape((rows, channels, height, s, width, s))?;
    parted.permute((0, 1, 2, 4, 3, 5))?.reshape((rows, channels, height, width, s * s))
}

/// The place of the first of the largest along the last dimension.
fn largest(x: &Tensor) -> Result<Tensor> {
    let mut shape = x.dims().to_vec();
    let n = shape.pop().unwrap_or(1);
    let values = x.detach().to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?;
    let first = |square: &[f64]| {
        let best = |best: usize, k: usize| if square[k] > square[best] { k } else { best };
        (0..square.len()).fold(0, best) as u32
    };
    let places: Vec<u32> = values.chunks_exact(n).map(first).collect();
    shape.push(1);
    Tensor::from_vec(places, shape, &Device::Cpu)?.to_device(x.device())
}

/// Applies `f` to each `size` samples.
fn in_groups(x: &Jet, size: usize, f: impl Fn(&Jet) -> Result<Jet>) -> Result<Jet> {
    let rows = x.value()?.dim(0)?;
    let mut out: Option<Jet> = None;
    for first in (0..rows).step_by(size.max(1)) {
        let part = f(&x.map(|x| x.narrow(0, first, size.min(rows - first)))?)?;
        out = Some(match out {
            Some(done) => done.combine(&part, |a, b| Tensor::cat(&[a, b], 0))?,
            None => part,
        });
    }
    out.ok_or_else(|| candle_core::Error::Msg("a batch without samples".into()))
}

/// (x - mean) / sqrt(variance + epsilon) within the groups of one batch.
fn normalise(x: &Jet, over: NormGroup, extent: Extent, epsilon: f64) -> Result<Jet> {
    let (rows, channels, pixels) = (x.value()?.dim(0)?, extent.channels, extent.pixels());
    // The second and the last dimension are averaged over.
    let grouped = match over {
        NormGroup::Batch {} | NormGroup::GhostBatch { .. } => (1, rows, channels, pixels),
        NormGroup::Layer {} => (rows, 1, 1, channels * pixels),
        NormGroup::Instance {} => (rows, 1, channels, pixels),
        NormGroup::Group { groups } => (rows, 1, groups, channels / groups * pixels),
    };
    let shape = x.value()?.shape().clone();
    let mean = |x: &Tensor| x.mean_keepdim(3)?.mean_keepdim(1)?.broadcast_as(grouped);
    let x = x.map(|x| x.reshape(grouped))?;
    let off = x.sub(&x.map(mean)?)?;
    let variance = off.product(&off, |a, b| a.mul(b))?.map(mean)?;
    let variance = plus(&variance, epsilon)?;
    off.product(&variance.apply(&Power(-0.5))?, |a, b| a.mul(b))?.map(|y| y.reshape(&shape))
}

/// One more channel: the standard deviation over the samples, averaged over their numbers.
fn with_std(x: &Jet, extent: Extent) -> Result<Jet> {
    let (rows, n) = (x.value()?.dim(0)?, extent.numbers());
    let flat = x.map(|x| x.reshape((rows, n)))?;
    let mean = |x: &Tensor| x.mean_keepdim(0)?.broadcast_as((rows, n));
    let off = flat.sub(&flat.map(mean)?)?;
    let variance = off.product(&off, |a, b| a.mul(b))?.map(|v| v.mean_keepdim(0))?;
    let std = plus(&variance, STD_EPSILON)?.apply(&Power(0.5))?;
    let Extent { height, width, .. } = extent;
    let channel = std.map(|s| s.mean_all()?.reshape((1, 1, 1, 1))?.broadcast_as((rows, 1, height, width)))?;
    x.combine(&channel, |x, s| Tensor::cat(&[x, s], 1))
}

/// A constant added to the value.
fn plus(x: &Jet, constant: f64) -> Result<Jet> {
    let value = x.value()?.affine(1.0, constant)?;
    Ok(x.clone().with(0, Some(value)))
}

/// W over its largest singular value as a matrix of as many rows as its first dimension has.
fn normalised(w: &Jet) -> Result<Jet> {
    let rows = w.value()?.dim(0)?;
    let m = w.map(|w| w.reshape((rows, ())))?;
    let tall = rows > m.value()?.dim(1)?;
    let a = if tall { m.map(|m| m.t()?.contiguous())? } else { m };
    let transposed = a.map(|a| a.t()?.contiguous())?;
    let matmul = |a: &Tensor, b: &Tensor| a.matmul(b);
    let gram = a.product(&transposed, matmul)?;
    let mut power = gram.clone();
    for _ in 0..SQUARINGS {
        let size = power.value()?.detach().abs()?.max_all()?.to_dtype(DType::F64)?.to_scalar::<f64>()?;
        power = power.map(|p| p.affine(1.0 / size.max(f64::MIN_POSITIVE), 0.0))?;
        power = power.product(&power, matmul)?;
    }
    // A power that is nearly of rank one: any column that is not small points along the first singular vector.
    let lengths = power.value()?.detach().sqr()?.sum(0)?.to_dtype(DType::F64)?.to_vec1::<f64>()?;
    let longest = (0..lengths.len()).max_by(|a, b| lengths[*a].total_cmp(&lengths[*b])).unwrap_or(0);
    let u = power.map(|p| p.narrow(1, longest, 1))?;
    let length = |x: &Jet, power: f64| -> Result<Jet> {
        x.product(x, |a, b| a.mul(b))?.map(|s| s.sum_all()?.reshape((1, 1)))?.apply(&Power(power))
    };
    let u = u.product(&length(&u, -0.5)?, |u, s| u.broadcast_mul(s))?;
    let inverse = length(&transposed.product(&u, matmul)?, -0.5)?;
    let shape = w.value()?.shape().clone();
    let flat = w.map(|w| w.reshape((1, ())))?;
    flat.product(&inverse, |w, s| w.broadcast_mul(s))?.map(|w| w.reshape(&shape))
}
