//! The first look at images: their shape and number, by the headers of their files.

use super::check::Flaw;
use super::{Data, OnError};
use crate::data::Images;
use crate::data::images::files::{Look, cifar10, folder, idx};
use crate::data::images::{digits, reading, shapes};

/// Shape and number of the images of a scenario; None where its data are no images.
pub fn look(data: &Data) -> Result<Option<Look>, Flaw> {
    let found = match data {
        Data::Digits { .. } => Ok(Look::whole(digits::SHAPE, digits::COUNT)),
        Data::Shapes { size, support } => Ok(Look::whole(shapes::shape(*size), *support as u64)),
        Data::Idx { images, .. } => idx::look(images),
        Data::Cifar10 { folder, .. } => cifar10::look(folder),
        Data::Folder { folder, size, color, on_error, .. } => {
            folder::look(folder, reading(*size, *color, *on_error))
        }
        Data::Stacked { source } => return Ok(look(source)?.map(stacked)),
        _ => return Ok(None),
    };
    found.map(Some).map_err(|error| (key(data).to_string(), error.to_string()))
}

/// Classes of the images' labels; None without labels. Where labels lie apart from images, they alone are read.
pub fn classes(data: &Data) -> Result<Option<usize>, Flaw> {
    let apart = match data {
        Data::Idx { images, labels: Some(labels), .. } => idx::classes(images, labels).map(Some),
        // Of files that may be left out only reading them tells which classes remain.
        Data::Folder { folder, on_error: OnError::Refuse, .. } => folder::classes(folder),
        _ => return read_classes(data),
    };
    apart.map_err(|error| (key(data).to_string(), error.to_string()))
}

fn read_classes(data: &Data) -> Result<Option<usize>, Flaw> {
    let images = Images::new(data).map_err(|error| (key(data).to_string(), error.to_string()))?;
    Ok(images.and_then(|images| images.classes()))
}

/// Three images as the channels of one.
fn stacked(single: Look) -> Look {
    let mut look = single;
    look.shape.channels *= 3;
    look
}

/// The key that says how much memory images take.
pub fn key(data: &Data) -> &'static str {
    match data {
        Data::Idx { .. } => "data.images",
        Data::Cifar10 { .. } | Data::Folder { .. } => "data.folder",
        Data::Shapes { .. } => "data.support",
        Data::Stacked { .. } => "data.source",
        _ => "data",
    }
}
