//! What layers make of the extent that they get, or why they cannot take it.

use super::{Extent, Operation, Window};
use crate::scenario::layers::{Layer, NormGroup};

pub(super) fn window(kernel: usize, stride: usize, padding: Option<usize>) -> Window {
    Window { kernel, stride, padding: padding.unwrap_or(kernel.saturating_sub(1) / 2) }
}

/// What a convolution makes of an input.
pub(super) fn convolved(input: Extent, channels: usize, window: Window) -> Result<Extent, String> {
    let Window { kernel, stride, padding } = sensible(window)?;
    let side = |n: usize| {
        let reach = (n + 2 * padding).checked_sub(kernel)?;
        Some(reach / stride + 1)
    };
    match (side(input.height), side(input.width)) {
        (Some(height), Some(width)) => Ok(Extent { channels, height, width }),
        _ => Err(format!("which is smaller than its kernel of {kernel} x {kernel} with padding {padding}")),
    }
}

/// What a transposed convolution makes of an input.
pub(super) fn transposed(input: Extent, channels: usize, window: Window) -> Result<Extent, String> {
    let Window { kernel, stride, padding } = sensible(window)?;
    let side = |n: usize| {
        ((n - 1).checked_mul(stride)?.checked_add(kernel)?).checked_sub(2 * padding).filter(|n| *n > 0)
    };
    match (side(input.height), side(input.width)) {
        (Some(height), Some(width)) => Ok(Extent { channels, height, width }),
        _ => Err(format!("of which its padding of {padding} leaves nothing")),
    }
}

fn sensible(window: Window) -> Result<Window, String> {
    let Window { kernel, stride, padding } = window;
    match () {
        () if kernel == 0 || stride == 0 => Err("but its kernel and its stride must be at least 1".into()),
        () if kernel > 1024 || stride > 1024 => {
            Err("but a kernel or a stride above 1024 is not taken".into())
        }
        () if padding >= kernel => {
            Err(format!("but a padding of {padding} is not below its kernel of {kernel}"))
        }
        () => Ok(window),
    }
}

pub(super) fn grouped(over: NormGroup, channels: usize) -> Result<(), String> {
    match over {
        NormGroup::Group { groups } if groups == 0 || !channels.is_multiple_of(groups) => {
            Err(format!("whose channels do not part into {groups} equal groups"))
        }
        NormGroup::GhostBatch { size } if size < 2 => {
            Err("but a ghost batch needs at least 2 samples".into())
        }
        _ => Ok(()),
    }
}

/// Layers without parameters.
pub(super) fn unlearned(layer: &Layer, input: Extent) -> Result<(Operation, Extent), String> {
    let Extent { channels, height, width } = input;
    let scaled = |f: &dyn Fn(usize) -> Option<usize>, what: String| match (f(height), f(width)) {
        (Some(height), Some(width)) => Ok(Extent { channels, height, width }),
        _ => Err(what),
    };
    Ok(match layer {
        Layer::Upsample { factor } => {
            let grow = |n: usize| n.checked_mul(*factor).filter(|n| *n > 0);
            (Operation::Upsample(*factor), scaled(&grow, format!("which cannot grow by {factor}"))?)
        }
        Layer::Pool { of, size } => {
            let shrink = |n: usize| (*size > 0 && n.is_multiple_of(*size)).then(|| n / size);
            let what = format!("whose sides are not multiples of its size of {size}");
            (Operation::Pool(*of, *size), scaled(&shrink, what)?)
        }
        Layer::GlobalPool { of } => (Operation::GlobalPool(*of), Extent::vector(channels)),
        Layer::Activation { function } => (Operation::Activation(*function), input),
        Layer::MinibatchStd { group } if *group < 2 => {
            return Err("but its group needs at least 2 samples".into());
        }
        Layer::MinibatchStd { group } => {
            (Operation::MinibatchStd(*group), Extent { channels: channels + 1, ..input })
        }
        Layer::Reshape { shape: [channels, height, width] } => {
            let output = Extent { channels: *channels, height: *height, width: *width };
            if output.counted() != Some(input.numbers()) {
                return Err(format!("of {} numbers, and its shape is {output}", input.numbers()));
            }
            (Operation::Reshape, output)
        }
        Layer::Flatten {} => (Operation::Reshape, Extent::vector(input.numbers())),
        Layer::Dense { .. }
        | Layer::Conv { .. }
        | Layer::ConvTransposed { .. }
        | Layer::Norm { .. }
        | Layer::Dropout { .. }
        | Layer::Embed { .. }
        | Layer::Projection { .. }
        | Layer::Residual { .. } => return Err("and is not planned here".into()),
    })
}
