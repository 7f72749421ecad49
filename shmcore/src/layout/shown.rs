//! How a name is written where a person reads it.
//!
//! A name is any text, and that of a region is another process's: written as it is, a line break would forge a line of
//! a diff, and an escape sequence would command the terminal.

use core::fmt::{self, Write};

/// A name whose control characters and other invisible ones are written as escapes.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                // `escape_debug` is for literals, where these mean something.
                '\'' | '"' | '\\' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn letters_are_themselves_and_what_commands_a_terminal_is_escaped() {
        let shown = |name| Shown(name).to_string();
        assert_eq!(shown("größe [u8; 3] 'a'\\"), "größe [u8; 3] 'a'\\");
        assert_eq!(shown("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(shown("\u{202e}\u{200b}\u{85}"), "\\u{202e}\\u{200b}\\u{85}");
    }
}
