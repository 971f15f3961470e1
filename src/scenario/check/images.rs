//! What must hold of data that are images.

use super::Checker;
use crate::data::images::shapes;
use crate::scenario::{Color, Data};

/// The largest side of an image.
const LARGEST: usize = 4096;

impl Checker {
    pub(super) fn images(&mut self, data: &Data, path: &str) {
        match data {
            Data::Digits { held_out } | Data::Idx { held_out, .. } | Data::Cifar10 { held_out, .. } => {
                self.share(*held_out, &format!("{path}.held_out"));
            }
            Data::Folder { size, held_out, .. } => {
                self.share(*held_out, &format!("{path}.held_out"));
                size.iter().for_each(|size| self.side(*size, 1, path));
            }
            Data::Shapes { size, support } => self.shapes(*size, *support, path),
            Data::Stacked { source } => self.stack(source, path),
            _ => {}
        }
    }

    fn side(&mut self, size: usize, least: usize, path: &str) {
        let message = format!("must be from {least} to {LARGEST}, not {size}");
        self.hold((least..=LARGEST).contains(&size), &format!("{path}.size"), &message);
    }

    fn shapes(&mut self, size: usize, support: usize, path: &str) {
        self.side(size, shapes::LEAST_SIZE, path);
        if (shapes::LEAST_SIZE..=LARGEST).contains(&size) {
            let most = shapes::available(size);
            let message = format!("must be from 1 to {most} at side {size}, not {support}");
            self.hold((1..=most).contains(&support), &format!("{path}.support"), &message);
        }
    }

    /// The source of a stack must be grey and labelled; whether a folder has subfolders shows when it is read.
    fn stack(&mut self, source: &Data, path: &str) {
        let path = format!("{path}.source");
        let fault = match source {
            Data::Digits { .. } | Data::Shapes { .. } => None,
            Data::Idx { labels, .. } => {
                labels.is_none().then_some("needs `labels`: a stack is labelled by them")
            }
            Data::Folder { color, .. } => (*color != Color::Grey)
                .then_some("must be read with `color = \"grey\"`: each image is one channel"),
            _ => Some("must be labelled grey images: `digits`, `idx`, a grey `folder`, or `shapes`"),
        };
        fault.iter().for_each(|message| self.hold(false, &path, message));
        self.images(source, &path);
    }
}
