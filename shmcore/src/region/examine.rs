//! The examination of one region: header, shape, layout and value.
//!
//! What is read here may be written by others meanwhile, and may be anything: each number is read once, into a copy,
//! and leads nowhere before it was found to lie inside the file.
#![allow(unsafe_code, reason = "has the value looked at, before it is one")]

use std::sync::atomic::Ordering;

use super::Region;
use super::attach::{Attach, Expected};
use super::error::AttachError;
use super::facts::TypeFacts;
use super::geometry::{Geometry, Shape, arena_behind};
use super::header::{self, Beginning, Header};
use super::{generation, heaps};
use crate::layout::tree::Layout;
use crate::layout::{Arena, decode, validate_published, validate_published_slice};
use crate::sys::{self, file::FileFacts};

/// A region that is being examined.
pub(super) struct Examined<'a> {
    pub(super) attach: &'a Attach,
    pub(super) region: &'a str,
}

impl Examined<'_> {
    /// A region that this process has mapped already, perhaps as another type.
    pub(super) fn known(&self, region: &Region) -> Result<(), AttachError> {
        if region.facts.layout == self.attach.facts.layout {
            return self.expected(region.geometry.shape).map(|_| ());
        }
        Err(self.layout_mismatch(region.facts.layout))
    }

    /// The length of the file, found to be one that a region may have.
    pub(super) fn len(&self, facts: &FileFacts) -> Result<usize, AttachError> {
        if facts.len < size_of::<Header>() as u64 {
            return Err(self.too_short(facts, size_of::<Header>() as u64));
        }
        usize::try_from(facts.len).ok().filter(|&len| isize::try_from(len).is_ok()).ok_or_else(|| {
            self.corrupt(
                "length of the file",
                format!("{} bytes, more than a process can address", facts.len),
            )
        })
    }

    pub(super) fn header(&self, beginning: &Beginning, facts: &FileFacts) -> Result<Header, AttachError> {
        let region = || self.region.to_owned();
        // It may have become shorter since it was measured.
        let header = beginning.header().ok_or_else(|| self.too_short(facts, size_of::<Header>() as u64))?;
        if header.magic != header::MAGIC {
            return Err(AttachError::BadMagic { region: region(), found: header.magic });
        }
        if header.format != header::FORMAT {
            let (found, supported) = (header.format, header::FORMAT);
            // In the other byte order the version is unreadable too.
            if header.byte_order != header::BYTE_ORDER {
                return Err(AttachError::ByteOrder { region: region(), found: header.byte_order });
            }
            return Err(AttachError::Format { region: region(), found, supported });
        }
        if header.byte_order != header::BYTE_ORDER {
            return Err(AttachError::ByteOrder { region: region(), found: header.byte_order });
        }
        // Between the known widths the layout decides: it has the width of every `usize`.
        if !matches!(header.pointer_width, 32 | 64) {
            let (found, here) = (header.pointer_width, usize::BITS);
            return Err(AttachError::PointerWidth { region: region(), found, here });
        }
        if header.state != header::READY {
            return Err(AttachError::NotReady { region: region(), state: header.state });
        }
        self.original(&header, facts)?;
        Ok(header)
    }

    /// Demands that the file is the one that the header was written for.
    fn original(&self, header: &Header, facts: &FileFacts) -> Result<(), AttachError> {
        // Devices are numbered anew at each boot, so a device counts within one boot only.
        let is_copy = header.inode != facts.inode
            || header.device != facts.device
                && sys::random::boot_id().is_ok_and(|boot_id| boot_id == header.boot_id);
        if is_copy {
            let (original, found) = (header.inode, facts.inode);
            return Err(AttachError::ForeignCopy { region: self.region.to_owned(), original, found });
        }
        Ok(())
    }

    pub(super) fn shape(&self, header: &Header) -> Result<Shape, AttachError> {
        let shape = match (header.shape, usize::try_from(header.count)) {
            (header::VALUE, Ok(1)) => Shape::Value,
            (header::SLICE, Ok(len)) => Shape::Slice { len },
            (header::SLICE, Err(_)) => {
                return Err(self.corrupt("count", format!("{} elements", header.count)));
            }
            (header::HEAP, Ok(len)) => Shape::Heap { len },
            (header::HEAP, Err(_)) => {
                return Err(self.corrupt("count", format!("an arena of {} bytes", header.count)));
            }
            (shape, _) => return Err(self.corrupt("shape", format!("{shape} with count {}", header.count))),
        };
        self.expected(shape)
    }

    /// The shape, if it is the one that was asked for.
    fn expected(&self, shape: Shape) -> Result<Shape, AttachError> {
        let region = || self.region.to_owned();
        match (self.attach.expected, shape) {
            (Expected::Value, Shape::Value)
            | (Expected::Slice, Shape::Slice { .. })
            | (Expected::Heap, Shape::Heap { .. }) => Ok(shape),
            (Expected::Heap, Shape::Value) => Err(AttachError::NoHeap { region: region(), len: None }),
            (Expected::Heap, Shape::Slice { len }) => {
                Err(AttachError::NoHeap { region: region(), len: Some(len as u64) })
            }
            (Expected::Slice, Shape::Value) => Err(AttachError::Shape { region: region(), len: None }),
            (Expected::Value, Shape::Slice { len }) => {
                Err(AttachError::Shape { region: region(), len: Some(len as u64) })
            }
            (Expected::Value | Expected::Slice, Shape::Heap { len }) => {
                Err(AttachError::Heap { region: region(), arena_len: len as u64 })
            }
        }
    }

    /// Where the parts lie, by the numbers of the header, each of which must lead into the file.
    pub(super) fn geometry(
        &self,
        header: &Header,
        shape: Shape,
        len: usize,
    ) -> Result<Geometry, AttachError> {
        if header.region_len != len as u64 {
            let needed = header.region_len;
            if needed > len as u64 {
                return Err(AttachError::TooShort {
                    region: self.region.to_owned(),
                    len: len as u64,
                    needed,
                });
            }
            return Err(self.corrupt("region length", format!("{needed} bytes, and the file has {len}")));
        }
        let number = |field, number: u64| {
            usize::try_from(number)
                .ok()
                .filter(|&number| number <= len)
                .ok_or_else(|| self.corrupt(field, format!("{number}, and the region has {len} bytes")))
        };
        if header.layout_offset != size_of::<Header>() as u64 {
            return Err(self.corrupt("layout offset", format!("{}", header.layout_offset)));
        }
        let layout_len = number("layout length", header.layout_len)?;
        let value_offset = number("value offset", header.value_offset)?;
        let type_size = number("type size", header.type_size)?;
        let align = number("type align", header.type_align)?;
        let layout_end = size_of::<Header>() + layout_len;
        if layout_end.next_multiple_of(4) > value_offset {
            let reason = format!("{value_offset}, and the layout ends at {layout_end}");
            return Err(self.corrupt("value offset", reason));
        }
        if !align.is_power_of_two() || !value_offset.is_multiple_of(align) {
            return Err(self.corrupt("value offset", format!("{value_offset} is no multiple of {align}")));
        }
        let end = type_size.checked_mul(shape.len()).and_then(|len| value_offset.checked_add(len));
        if end.is_none_or(|end| end > len) {
            let reason = format!("{} of {type_size} bytes, and the region has {len} bytes", shape.len());
            return Err(self.corrupt("count", reason));
        }
        if let (Shape::Heap { len: arena_len }, Some(end)) = (shape, end)
            && arena_behind(end, len).is_none_or(|arena| arena.len != arena_len)
        {
            let reason =
                format!("an arena of {arena_len} bytes behind the value, which ends at {end} of {len}");
            return Err(self.corrupt("count", reason));
        }
        Ok(Geometry { shape, value_offset, region_len: len })
    }

    /// Compares the encoded layouts byte for byte; decodes that of the region only to tell the differences.
    pub(super) fn layout(&self, theirs: &[u8], header: &Header) -> Result<(), AttachError> {
        let facts = self.attach.facts;
        let mut ours = vec![0; facts.encoded_len];
        let written = facts.layout.encode(&mut ours);
        debug_assert_eq!(written, Some(facts.encoded_len), "the encoded layout has the length announced");
        if ours != theirs {
            return Err(self.different(theirs));
        }
        let numbers = (facts.layout.size as u64, facts.layout.align as u64);
        if (header.type_size, header.type_align) != numbers {
            let reason =
                format!("{} and {}, and the layout says {numbers:?}", header.type_size, header.type_align);
            return Err(self.corrupt("type size and type align", reason));
        }
        if header.fingerprint != facts.fingerprint.as_u128().to_le_bytes() {
            return Err(self.corrupt("fingerprint", "it is not that of the layout".to_owned()));
        }
        Ok(())
    }

    /// The error for an encoded layout that is not that of the type here.
    fn different(&self, theirs: &[u8]) -> AttachError {
        let arena = Arena::default();
        match decode(theirs, &arena) {
            Ok(theirs) => self.layout_mismatch(theirs),
            Err(error) => self.corrupt("encoded layout", error.to_string()),
        }
    }

    /// Demands that every byte of the value is one of its type. Costs nothing where every byte is.
    ///
    /// The region's layout, shape and geometry have been examined.
    pub(super) fn value(&self, region: &Region) -> Result<(), AttachError> {
        let TypeFacts { layout, has_invalid_patterns, .. } = *region.facts;
        if !has_invalid_patterns {
            return Ok(());
        }
        let value = region.value();
        let checked = match region.geometry.shape {
            // SAFETY: `validate_published` requires
            // 1. the bytes of a value in one allocation, aligned, mapped while it looks: the geometry was examined for
            //    the type's size and alignment, and the region is borrowed;
            // 2. initialised: a file is bytes;
            // 3. written by atomics of their width, or not at all: peers are safe code over this crate, for which the
            //    kernel or the caller answers (`Trust`), and after publication such code writes to `bool`, `char`,
            //    `NonZero` and tags not at all, and to `AtomicBool` atomically.
            Shape::Value | Shape::Heap { .. } => unsafe { validate_published(layout, value) },
            // SAFETY: `validate_published_slice` requires the same of `len` values: the geometry was examined for as many.
            Shape::Slice { len } => unsafe { validate_published_slice(layout, value, len) },
        };
        checked.map_err(|invalid| AttachError::InvalidValue {
            region: self.region.to_owned(),
            reason: invalid.to_string(),
        })
    }

    /// Demands of a heap that its generation is one, and not the last.
    pub(super) fn generation(&self, region: &Region) -> Result<(), AttachError> {
        let Some(word) = region.generation() else { return Ok(()) };
        // Only an id is read from it, which never changes.
        let seen = word.load(Ordering::Relaxed);
        generation::examine(seen).map_err(|reason| self.corrupt("generation", reason))?;
        if generation::is_at_end(seen) { Err(self.at_end()) } else { Ok(()) }
    }

    /// Begins to use a region that this process has mapped, in the next generation if it is a heap whose containers this
    /// process may know from before.
    pub(super) fn begin_use(&self, region: &Region) -> Result<(), AttachError> {
        let Some(word) = region.generation() else { return Ok(()) };
        let id = generation::id(word.load(Ordering::Relaxed));
        if heaps::is_taken(id, word) {
            return Err(AttachError::SameHeapId { region: self.region.to_owned(), id });
        }
        if heaps::begin_use() { generation::advance(word).map_err(|_| self.at_end()) } else { Ok(()) }
    }

    fn at_end(&self) -> AttachError {
        AttachError::HeapAtEnd { region: self.region.to_owned() }
    }

    fn layout_mismatch(&self, theirs: &Layout<'_>) -> AttachError {
        let diff = self.attach.facts.layout.diff(theirs).to_string();
        AttachError::LayoutMismatch { region: self.region.to_owned(), diff }
    }

    fn too_short(&self, facts: &FileFacts, needed: u64) -> AttachError {
        AttachError::TooShort { region: self.region.to_owned(), len: facts.len, needed }
    }

    pub(super) fn corrupt(&self, field: &'static str, reason: String) -> AttachError {
        AttachError::Corrupt { region: self.region.to_owned(), field, reason }
    }
}
