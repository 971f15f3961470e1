//! From a list of layers to operations with shapes: what goes in, what comes out, where parameters lie.

mod shapes;

use super::layers::{GlobalPooled, Layer, NormGroup, Pooled};
use super::{Activation, Flaw};
use serde::{Deserialize, Serialize};
use shapes::{convolved, grouped, transposed, unlearned, window};
use std::ops::Range;

/// Channels of a height and a width; a vector has one pixel a channel. The numbers of a sample lie channel by channel, each row
/// by row from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Channels.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
}

impl Extent {
    /// A vector.
    pub fn vector(length: usize) -> Self {
        Extent { channels: length, height: 1, width: 1 }
    }

    /// Pixels of a channel.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Numbers of a sample.
    pub fn numbers(self) -> usize {
        self.channels * self.pixels()
    }

    /// The number of numbers, where it can be counted.
    fn counted(self) -> Option<usize> {
        let pixels = self.height.checked_mul(self.width)?;
        self.channels.checked_mul(pixels).filter(|n| *n < usize::MAX >> 12)
    }
}

impl std::fmt::Display for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Extent { channels, height: 1, width: 1 } => write!(f, "a vector of {channels}"),
            Extent { channels, height, width } => write!(f, "{channels} x {height} x {width}"),
        }
    }
}

/// A square kernel over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Side of the kernel.
    pub kernel: usize,
    /// Step between two places.
    pub stride: usize,
    /// Zeros around the image.
    pub padding: usize,
}

/// What an operation does, sizes apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// y = W x + b.
    Dense {
        /// Whether W is divided by its largest singular value.
        spectral: bool,
    },
    /// Convolution.
    Conv {
        /// The kernel's places on the input.
        window: Window,
        /// Whether the weight is divided by its largest singular value.
        spectral: bool,
    },
    /// The adjoint of a convolution.
    ConvTransposed {
        /// The kernel's places on the output.
        window: Window,
        /// Whether the weight is divided by its largest singular value.
        spectral: bool,
    },
    /// Pixels repeated.
    Upsample(usize),
    /// One number for each square of pixels.
    Pool(Pooled, usize),
    /// One number for each channel.
    GlobalPool(GlobalPooled),
    /// A function of each number.
    Activation(Activation),
    /// Normalisation with a learned scale and shift a channel.
    Norm {
        /// What is normalised together.
        over: NormGroup,
        /// Added to the variance.
        epsilon: f64,
    },
    /// The standard deviation over groups of samples as one more channel.
    MinibatchStd(usize),
    /// Numbers set to zero at random.
    Dropout {
        /// Probability of a zero.
        rate: f64,
        /// Its number among the network's dropouts.
        number: u64,
    },
    /// A row of a learned table, the label's, as further channels.
    Embed,
    /// One logit, by a row of a learned table for all samples and one of the label.
    Projection {
        /// Whether that row, and the table of the labels' rows, are divided by their largest singular values.
        spectral: bool,
    },
    /// Another shape of the same numbers.
    Reshape,
    /// The sum of two ways.
    Residual {
        /// The way with layers on top.
        body: Vec<Op>,
        /// The way around.
        shortcut: Vec<Op>,
    },
}

/// An operation in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    /// What it does.
    pub operation: Operation,
    /// What goes in.
    pub input: Extent,
    /// What comes out.
    pub output: Extent,
    /// Its first parameters in the network's flat vector: a weight, or a scale; empty where it has none.
    pub weight: Range<usize>,
    /// Its bias, or shift, right behind them.
    pub bias: Range<usize>,
    /// The weight's shape, as PyTorch has it.
    pub shape: Vec<usize>,
    /// Where it stands in the list, as PyTorch would name it: `3`, or `5.body.1`.
    pub name: String,
}

/// A network's operations.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In order.
    pub ops: Vec<Op>,
    /// What goes into the first.
    pub input: Extent,
    /// What comes out of the last.
    pub output: Extent,
    /// Number of parameters.
    pub parameters: usize,
    /// Classes of the labels that end each row of the input, beyond `input`; None where the network knows no labels.
    pub classes: Option<usize>,
}

/// Numbers that a network may have between two layers, or parameters in all.
const MOST: usize = 1 << 40;
const UNLABELLED: &str = "and the label of each sample, but the data have no labels";

/// Plans the layers at the scenario's key `path` for an input; complains of the layer that does not fit.
pub fn plan(path: &str, layers: &[Layer], input: Extent) -> Result<Plan, Flaw> {
    plan_labelled(path, layers, input, None)
}

/// The same where samples have labels of so many classes; layers may know them.
pub fn plan_labelled(
    path: &str,
    layers: &[Layer],
    input: Extent,
    classes: Option<usize>,
) -> Result<Plan, Flaw> {
    let mut planner = Planner { classes, parameters: 0, dropouts: 0 };
    let ops = planner.list(path, "", layers, input)?;
    let output = ops.last().map_or(input, |op| op.output);
    let classes = classes.filter(|_| layers.iter().any(Layer::knows_labels));
    Ok(Plan { ops, input, output, parameters: planner.parameters, classes })
}

struct Planner {
    classes: Option<usize>,
    parameters: usize,
    dropouts: u64,
}

impl Planner {
    fn list(&mut self, path: &str, name: &str, layers: &[Layer], input: Extent) -> Result<Vec<Op>, Flaw> {
        let mut at = input;
        let mut ops = Vec::with_capacity(layers.len());
        for (k, layer) in layers.iter().enumerate() {
            if matches!(layer, Layer::Dense { .. } | Layer::Projection { .. }) && at.pixels() > 1 {
                let flat = Layer::Flatten {};
                let op = self.op(&format!("{path}.{k}"), &format!("{name}{k}.flatten"), &flat, at)?;
                at = op.output;
                ops.push(op);
            }
            let op = self.op(&format!("{path}.{k}"), &format!("{name}{k}"), layer, at)?;
            at = op.output;
            ops.push(op);
        }
        Ok(ops)
    }

    fn op(&mut self, path: &str, name: &str, layer: &Layer, input: Extent) -> Result<Op, Flaw> {
        let flaw = |what: String| (path.to_string(), format!("`{path}` gets {input}, {what}"));
        let Extent { channels: from, .. } = input;
        let mut parts: [&[usize]; 2] = [&[], &[]];
        let (operation, output);
        let (shape, tail);
        match layer {
            Layer::Dense { outputs, spectral } => {
                operation = Operation::Dense { spectral: *spectral };
                output = Extent::vector(*outputs);
                (shape, tail) = (vec![*outputs, input.numbers()], [*outputs]);
                parts = [&shape, &tail];
            }
            Layer::Conv { channels, kernel, stride, padding, spectral } => {
                let window = window(*kernel, *stride, *padding);
                output = convolved(input, *channels, window).map_err(flaw)?;
                operation = Operation::Conv { window, spectral: *spectral };
                (shape, tail) = (vec![*channels, from, *kernel, *kernel], [*channels]);
                parts = [&shape, &tail];
            }
            Layer::ConvTransposed { channels, kernel, stride, padding, spectral } => {
                let window = window(*kernel, *stride, *padding);
                output = transposed(input, *channels, window).map_err(flaw)?;
                operation = Operation::ConvTransposed { window, spectral: *spectral };
                (shape, tail) = (vec![from, *channels, *kernel, *kernel], [*channels]);
                parts = [&shape, &tail];
            }
            Layer::Norm { over, epsilon } => {
                grouped(*over, from).map_err(flaw)?;
                operation = Operation::Norm { over: *over, epsilon: *epsilon };
                output = input;
                (shape, tail) = (vec![from], [from]);
                parts = [&shape, &tail];
            }
            Layer::Residual { body, shortcut } => {
                let body = self.list(&format!("{path}.body"), &format!("{name}.body."), body, input)?;
                let around = format!("{name}.shortcut.");
                let shortcut = self.list(&format!("{path}.shortcut"), &around, shortcut, input)?;
                let ends = [&body, &shortcut].map(|ops| ops.last().map_or(input, |op| op.output));
                if ends[0] != ends[1] {
                    let [a, b] = ends;
                    return Err(flaw(format!(
                        "its body makes {a} of it, its shortcut {b}: they must be equal to be added"
                    )));
                }
                output = ends[0];
                operation = Operation::Residual { body, shortcut };
            }
            Layer::Dropout { rate } => {
                if !(0.0..1.0).contains(rate) {
                    return Err(flaw(format!("but its rate must be at least 0 and below 1, not {rate}")));
                }
                operation = Operation::Dropout { rate: *rate, number: self.dropouts };
                self.dropouts += 1;
                output = input;
            }
            Layer::Embed { width } => {
                let classes = self.classes.ok_or_else(|| flaw(UNLABELLED.into()))?;
                if *width == 0 {
                    return Err(flaw("but its width must be at least 1".into()));
                }
                operation = Operation::Embed;
                output = Extent { channels: from.saturating_add(*width), ..input };
                shape = vec![classes, *width];
                parts = [&shape, &[]];
            }
            Layer::Projection { spectral } => {
                let classes = self.classes.ok_or_else(|| flaw(UNLABELLED.into()))?;
                operation = Operation::Projection { spectral: *spectral };
                output = Extent::vector(1);
                (shape, tail) = (vec![classes.saturating_add(1), from], [1]);
                parts = [&shape, &tail];
            }
            plain => (operation, output) = unlearned(plain, input).map_err(flaw)?,
        }
        let fits = output.counted().is_some_and(|n| n > 0 && n < MOST);
        if !fits {
            return Err(flaw("and what comes out has no numbers, or more than fit in any memory".into()));
        }
        let mut take = |sizes: &[usize]| -> Option<Range<usize>> {
            let n =
                if sizes.is_empty() { 0 } else { sizes.iter().try_fold(1usize, |n, s| n.checked_mul(*s))? };
            let start = self.parameters;
            self.parameters = start.checked_add(n).filter(|n| *n < MOST)?;
            Some(start..self.parameters)
        };
        let (Some(weight), Some(bias)) = (take(parts[0]), take(parts[1])) else {
            return Err(flaw("and its weights fit in no memory; make it smaller".into()));
        };
        let shape = parts[0].to_vec();
        Ok(Op { operation, input, output, weight, bias, shape, name: name.to_string() })
    }
}

impl Op {
    /// What it is, in a word or two.
    pub fn title(&self) -> String {
        match &self.operation {
            Operation::Dense { .. } => "dense".into(),
            Operation::Conv { window, .. } => {
                format!("conv {0} x {0}, stride {1}", window.kernel, window.stride)
            }
            Operation::ConvTransposed { window, .. } => {
                format!("conv_transposed {0} x {0}, stride {1}", window.kernel, window.stride)
            }
            Operation::Upsample(factor) => format!("upsample by {factor}"),
            Operation::Pool(_, size) => format!("pool {size} x {size}"),
            Operation::GlobalPool(_) => "global_pool".into(),
            Operation::Activation(function) => format!("{function:?}").to_lowercase(),
            Operation::Norm { .. } => "norm".into(),
            Operation::MinibatchStd(_) => "minibatch_std".into(),
            Operation::Dropout { rate, .. } => format!("dropout of {rate}"),
            Operation::Embed => "embed".into(),
            Operation::Projection { .. } => "projection".into(),
            Operation::Reshape => "reshape".into(),
            Operation::Residual { .. } => "residual".into(),
        }
    }
}

impl Plan {
    /// All operations, those of residual blocks among them, in the order of their parameters.
    pub fn flat(&self) -> Vec<&Op> {
        fn walk<'a>(ops: &'a [Op], out: &mut Vec<&'a Op>) {
            for op in ops {
                if let Operation::Residual { body, shortcut } = &op.operation {
                    walk(body, out);
                    walk(shortcut, out);
                } else {
                    out.push(op);
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.ops, &mut out);
        out
    }

    /// Whether a sample's output depends on the others of its batch.
    pub fn couples(&self) -> bool {
        self.flat().iter().any(|op| match op.operation {
            Operation::Norm { over, .. } => over.couples(),
            Operation::MinibatchStd(_) => true,
            _ => false,
        })
    }

    /// Whether passes of a training leave something to chance.
    pub fn draws(&self) -> bool {
        self.flat().iter().any(|op| matches!(op.operation, Operation::Dropout { .. }))
    }

    /// Multiply-adds of a forward pass for one sample.
    pub fn products(&self) -> f64 {
        let of = |op: &&Op| {
            let weights = op.weight.len() as f64;
            match op.operation {
                Operation::Conv { .. } => weights * op.output.pixels() as f64,
                Operation::ConvTransposed { .. } => weights * op.input.pixels() as f64,
                Operation::Dense { .. } => weights,
                Operation::Projection { .. } => 2.0 * op.input.numbers() as f64,
                _ => 0.0,
            }
        };
        self.flat().iter().map(of).sum()
    }

    /// Numbers that all operations put out for one sample.
    pub fn units(&self) -> f64 {
        self.flat().iter().map(|op| op.output.numbers() as f64).sum()
    }
}
