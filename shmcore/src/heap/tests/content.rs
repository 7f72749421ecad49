//! What lies in containers, as text, so that states of any type are compared alike; and how many blocks it takes.

use crate::ShmSafe;
use crate::heap::{Box, Heap, HeapError, String, Vec, VecDeque};

/// Can be shown, counted and freed.
pub(super) trait Content: ShmSafe {
    /// Adds what is there to `text`.
    fn show(&self, heap: &Heap, text: &mut std::string::String) -> Result<(), HeapError>;

    /// How many blocks it owns, with those of what lies in it.
    fn blocks(&self, heap: &Heap) -> Result<usize, HeapError>;

    /// Frees what it owns.
    fn free_all(&mut self, heap: &Heap) -> Result<(), HeapError>;
}

impl Content for u32 {
    fn show(&self, _: &Heap, text: &mut std::string::String) -> Result<(), HeapError> {
        text.push_str(&self.to_string());
        Ok(())
    }

    fn blocks(&self, _: &Heap) -> Result<usize, HeapError> {
        Ok(0)
    }

    fn free_all(&mut self, _: &Heap) -> Result<(), HeapError> {
        Ok(())
    }
}

impl Content for String {
    fn show(&self, heap: &Heap, text: &mut std::string::String) -> Result<(), HeapError> {
        text.push_str(self.as_str(heap)?);
        Ok(())
    }

    fn blocks(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(usize::from(self.capacity(heap)? > 0))
    }

    fn free_all(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.free(heap)
    }
}

macro_rules! sequences {
    ($($name:ident)*) => {$(
        impl<T: Content> Content for $name<T> {
            fn show(&self, heap: &Heap, text: &mut std::string::String) -> Result<(), HeapError> {
                text.push('[');
                for element in self.iter(heap)? {
                    element.show(heap, text)?;
                    text.push(' ');
                }
                text.push(']');
                Ok(())
            }

            fn blocks(&self, heap: &Heap) -> Result<usize, HeapError> {
                let inside: Result<usize, _> = self.iter(heap)?.map(|element| element.blocks(heap)).sum();
                Ok(usize::from(self.capacity(heap)? > 0) + inside?)
            }

            fn free_all(&mut self, heap: &Heap) -> Result<(), HeapError> {
                self.free(heap)
            }
        }
    )*};
}

sequences! { Vec VecDeque }

impl<T: Content> Content for Box<T> {
    fn show(&self, heap: &Heap, text: &mut std::string::String) -> Result<(), HeapError> {
        match self.get(heap)? {
            Some(value) => {
                text.push('(');
                value.show(heap, text)?;
                text.push(')');
            }
            None => text.push('-'),
        }
        Ok(())
    }

    fn blocks(&self, heap: &Heap) -> Result<usize, HeapError> {
        self.get(heap)?.map_or(Ok(0), |value| value.blocks(heap).map(|inside| inside + 1))
    }

    fn free_all(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.free(heap)
    }
}
