//! Arrays of dual numbers whose parts may be missing.

use super::super::gemm::{Form, Into, Kernels};
use crate::scalar::Scalar;

/// Numbers that may be missing, which means that all of them are zero; their memory stays for the next time.
#[derive(Clone, Debug, Default)]
pub struct Part<T> {
    numbers: Vec<T>,
    present: bool,
}

impl<T: Scalar> Part<T> {
    /// A part with these numbers.
    pub fn of(numbers: Vec<T>) -> Self {
        Part { numbers, present: true }
    }

    /// The numbers, if they are not missing.
    pub fn get(&self) -> Option<&[T]> {
        self.present.then_some(&self.numbers[..])
    }

    /// The numbers, if they are not missing, to be changed.
    pub fn get_mut(&mut self) -> Option<&mut [T]> {
        self.present.then_some(&mut self.numbers[..])
    }

    /// Makes the part zero.
    pub fn clear(&mut self) {
        self.present = false;
    }

    /// Space for `len` numbers that are all to be written.
    pub fn overwrite(&mut self, len: usize) -> &mut [T] {
        self.numbers.resize(len, T::ZERO);
        self.present = true;
        &mut self.numbers
    }

    /// Space for `len` numbers to which some are to be added: zeros where the part was missing.
    pub fn add_to(&mut self, len: usize) -> &mut [T] {
        if !self.present {
            self.overwrite(len).fill(T::ZERO);
        }
        &mut self.numbers
    }

    /// Space for `len` numbers, and whether a product overwrites them or is added.
    pub fn target(&mut self, len: usize) -> (&mut [T], Into) {
        let into = if self.present { Into::Add } else { Into::Set };
        (self.overwrite(len), into)
    }

    /// self = by * from.
    pub fn set_scaled(&mut self, from: &Part<T>, by: f64) {
        match from.get() {
            Some(from) => {
                let by = T::of(by);
                let to = self.overwrite(from.len());
                pulp::Arch::new()
                    .dispatch(|| to.iter_mut().zip(from).for_each(|(to, from)| *to = *from * by));
            }
            None => self.clear(),
        }
    }

    /// self *= by.
    pub fn scale(&mut self, by: f64) {
        if by != 1.0
            && let Some(numbers) = self.get_mut()
        {
            numbers.iter_mut().for_each(|x| *x *= T::of(by));
        }
    }
}

/// Numbers x + e x_I with e^2 = 0.
#[derive(Clone, Debug, Default)]
pub struct Dual<T> {
    /// The values.
    pub value: Part<T>,
    /// Their derivatives along the inner direction.
    pub inner: Part<T>,
}

impl<T: Scalar> Dual<T> {
    /// Values that do not move.
    pub fn of(value: Vec<T>) -> Self {
        Dual { value: Part::of(value), inner: Part::default() }
    }

    /// Makes both parts zero.
    pub fn clear(&mut self) {
        self.value.clear();
        self.inner.clear();
    }

    /// Whether both parts are zero.
    pub fn is_zero(&self) -> bool {
        !self.value.present && !self.inner.present
    }

    /// self = by * from.
    pub fn set_scaled(&mut self, from: &Dual<T>, by: f64) {
        self.value.set_scaled(&from.value, by);
        self.inner.set_scaled(&from.inner, by);
    }

    /// self *= by.
    pub fn scale(&mut self, by: f64) {
        self.value.scale(by);
        self.inner.scale(by);
    }

    /// Adds a matrix product of dual numbers, `self` of shape m by n; a missing `b` part is zero.
    pub(super) fn add_product(
        &mut self,
        kernels: Kernels,
        form: Form,
        mkn: [usize; 3],
        a: &Dual<T>,
        b: [Option<&[T]>; 2],
    ) {
        let len = mkn[0] * mkn[2];
        let add = |to: &mut Part<T>, a: Option<&[T]>, b: Option<&[T]>| {
            if let (Some(a), Some(b)) = (a, b) {
                let (to, into) = to.target(len);
                kernels.product(form, mkn, (a, b), into, to);
            }
        };
        add(&mut self.value, a.value.get(), b[0]);
        add(&mut self.inner, a.inner.get(), b[0]);
        add(&mut self.inner, a.value.get(), b[1]);
    }

    /// Adds the product, number by number, of still numbers, `[rows, width]`, with moving ones,
    /// `[rows, directions, width]`.
    pub fn add_times(&mut self, still: &Dual<T>, moving: &Dual<T>, width: usize) {
        self.value.add_times(&still.value, &moving.value, width);
        self.inner.add_times(&still.value, &moving.inner, width);
        self.inner.add_times(&still.inner, &moving.value, width);
    }

    /// Multiplies moving numbers by still ones that have no inner part.
    pub fn times_value(&mut self, still: &[T], width: usize) {
        for part in [&mut self.value, &mut self.inner] {
            if let Some(numbers) = part.get_mut() {
                times(numbers, still, width);
            }
        }
    }
}

impl<T: Scalar> Part<T> {
    fn add_times(&mut self, still: &Part<T>, moving: &Part<T>, width: usize) {
        let (Some(still), Some(moving)) = (still.get(), moving.get()) else { return };
        let (to, into) = self.target(moving.len());
        pulp::Arch::new().dispatch(|| {
            let directions = moving.len() / still.len();
            let rows = to.chunks_exact_mut(directions * width).zip(moving.chunks_exact(directions * width));
            for ((to, moving), still) in rows.zip(still.chunks_exact(width)) {
                for (to, moving) in to.chunks_exact_mut(width).zip(moving.chunks_exact(width)) {
                    let numbers = to.iter_mut().zip(moving).zip(still);
                    if into == Into::Add {
                        numbers.for_each(|((to, m), s)| *to += *m * *s);
                    } else {
                        numbers.for_each(|((to, m), s)| *to = *m * *s);
                    }
                }
            }
        });
    }
}

fn times<T: Scalar>(moving: &mut [T], still: &[T], width: usize) {
    pulp::Arch::new().dispatch(|| {
        let directions = moving.len() / still.len();
        for (moving, still) in moving.chunks_exact_mut(directions * width).zip(still.chunks_exact(width)) {
            for moving in moving.chunks_exact_mut(width) {
                moving.iter_mut().zip(still).for_each(|(m, s)| *m *= *s);
            }
        }
    });
}
