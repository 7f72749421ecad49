//! The words of the encoded form: bytes, numbers and names, each checked for having been written in the one right way.
//!
//! It is apart from the decoder because it knows no grammar.

use super::error::{DecodeError, Problem};

/// The bytes that are left, and how many were before them.
pub(super) struct Reader<'a> {
    encoded: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(encoded: &'a [u8]) -> Self {
        Self { encoded, offset: 0 }
    }

    /// How many bytes have been read.
    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    pub(super) const fn left(&self) -> usize {
        self.encoded.len() - self.offset
    }

    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        let Some(byte) = self.encoded.get(self.offset) else {
            return Err(Problem::EndsEarly.at(self.offset));
        };
        self.offset += 1;
        Ok(*byte)
    }

    /// A number in LEB128 without needless bytes.
    fn wide_number(&mut self) -> Result<u128, DecodeError> {
        let start = self.offset;
        let mut number = 0;
        for shift in (0..u128::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            if bits > u128::MAX >> shift {
                return Err(Problem::LargeNumber.at(start));
            }
            number |= bits << shift;
            if byte < 0x80 {
                let is_needless = byte == 0 && shift > 0;
                return if is_needless { Err(Problem::NeedlessByte.at(start)) } else { Ok(number) };
            }
        }
        Err(Problem::LargeNumber.at(start))
    }

    /// A number that fits the type that is wanted.
    pub(super) fn number<N: TryFrom<u128>>(&mut self) -> Result<N, DecodeError> {
        let start = self.offset;
        let number = self.wide_number()?;
        N::try_from(number).map_err(|_| Problem::LargeNumber.at(start))
    }

    /// A zigzag-coded number.
    #[expect(clippy::cast_possible_wrap, reason = "half of a `u128`, and 0 or 1, fit")]
    pub(super) fn signed(&mut self) -> Result<i128, DecodeError> {
        let number = self.wide_number()?;
        Ok((number >> 1) as i128 ^ -((number & 1) as i128))
    }

    /// The number of items that follow, each of at least `item_len` bytes.
    pub(super) fn count(&mut self, item_len: usize) -> Result<usize, DecodeError> {
        let start = self.offset;
        let count = self.number()?;
        if count > self.left() / item_len { Err(Problem::TooMany(count).at(start)) } else { Ok(count) }
    }

    pub(super) fn name(&mut self) -> Result<&'a str, DecodeError> {
        let len = self.count(1)?;
        let start = self.offset;
        let bytes = &self.encoded[start..start + len];
        self.offset += len;
        str::from_utf8(bytes).map_err(|error| Problem::NotUtf8.at(start + error.valid_up_to()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Problem, Reader};

    #[test]
    fn numbers_have_one_form_each() {
        let number = |bytes: &[u8]| Reader::new(bytes).number::<usize>().map_err(|error| error.problem);
        assert_eq!(number(&[0]), Ok(0));
        assert_eq!(number(&[0x7f]), Ok(127));
        assert_eq!(number(&[0x80, 1]), Ok(128));
        assert_eq!(number(&[0x80, 0]), Err(Problem::NeedlessByte));
        assert_eq!(number(&[0xff, 0x80, 0]), Err(Problem::NeedlessByte));
        assert_eq!(number(&[]), Err(Problem::EndsEarly));
        assert_eq!(number(&[0x80]), Err(Problem::EndsEarly));
        assert_eq!(number(&[[0xff; 20].as_slice(), &[0]].concat()), Err(Problem::LargeNumber));
    }

    #[test]
    fn greatest_numbers_are_read_and_the_next_are_refused() {
        let max = [[0xff; 9].as_slice(), &[1]].concat();
        assert_eq!(Reader::new(&max).number::<u64>(), Ok(u64::MAX));
        let next = [[0x80; 9].as_slice(), &[2]].concat();
        assert_eq!(Reader::new(&next).number::<u64>(), Err(Problem::LargeNumber.at(0)));
        assert_eq!(Reader::new(&[0x80, 2]).number::<u8>(), Err(Problem::LargeNumber.at(0)));
        let widest = [[0xff; 18].as_slice(), &[3]].concat();
        assert_eq!(Reader::new(&widest).signed(), Ok(i128::MIN));
        let wider = [[0xff; 18].as_slice(), &[4]].concat();
        assert_eq!(Reader::new(&wider).signed(), Err(Problem::LargeNumber.at(0)));
    }

    #[test]
    fn zigzag_is_undone() {
        let signed = |byte| Reader::new(&[byte]).signed();
        assert_eq!([0, 1, 2, 3, 127].map(signed), [0, -1, 1, -2, -64].map(Ok));
    }

    #[test]
    fn name_that_is_no_text_is_refused_at_the_wrong_byte() {
        assert_eq!(Reader::new(&[2, 0xc3, 0xb6]).name(), Ok("ö"));
        assert_eq!(Reader::new(&[3, b'a', b'b', 0xff]).name(), Err(Problem::NotUtf8.at(3)));
        assert_eq!(Reader::new(&[3, b'a', b'b']).name(), Err(Problem::TooMany(3).at(0)));
    }
}
