//! One line of a crontab.

/// A part of a line, and the column in which it begins, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) column: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Variable { name: String, value: String, value_at: usize },
    Job { schedule: Word<'a>, command: Command<'a> },
}

/// What a job does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) command: String,
    /// What the command reads.
    pub(super) stdin: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) column: usize,
    pub(super) reason: String,
}

/// None for an empty line and a comment.
pub(super) fn read(line: &str, has_user: bool) -> Result<Option<Line<'_>>, Fault> {
    let mut words = Words { line, at: 0 };
    let start = words.blanks();
    if start.text.is_empty() || start.text.starts_with('#') {
        return Ok(None);
    }
    if let Some(variable) = variable(start) {
        return Ok(Some(variable));
    }
    let schedule = if start.text.starts_with('@') {
        let name = words.word();
        if name.text.eq_ignore_ascii_case("@reboot") {
            let reason = "@reboot: a scheduler does not know of boots".to_owned();
            return Err(Fault { column: name.column, reason });
        }
        name
    } else {
        let first = words.at;
        for field in ["minute", "hour", "day", "month", "day_of_week"] {
            words.blanks();
            let word = words.word();
            if word.text.is_empty() {
                return Err(Fault { column: word.column, reason: format!("{field}: is missing") });
            }
        }
        Word { text: &line[first..words.at], column: start.column }
    };
    words.blanks();
    let user = if has_user { Some(words.word()) } else { None };
    let rest = words.blanks();
    if rest.text.is_empty() {
        return Err(Fault { column: rest.column, reason: "a command is missing".to_owned() });
    }
    let (command, stdin) = split_at_percent(rest.text);
    let command = Command { user: user.map(|user| user.text), command, stdin };
    Ok(Some(Line::Job { schedule, command }))
}

/// `NAME = value`, each perhaps in quotation marks.
fn variable(start: Word<'_>) -> Option<Line<'_>> {
    let (name, value) = start.text.split_once('=')?;
    let name = unquoted(name.trim_end());
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty()
        || !name.chars().all(is_name)
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let blanks = value.len() - value.trim_start().len();
    let before = start.text.len() - value.len() + blanks;
    let value_at = start.column + start.text[..before].chars().count();
    let value = unquoted(value.trim()).to_owned();
    Some(Line::Variable { name: name.to_owned(), value, value_at })
}

fn unquoted(text: &str) -> &str {
    let inner = |mark: char| text.strip_prefix(mark)?.strip_suffix(mark);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// The command ends at the first `%`, what follows is what it reads, and each further `%` there ends a
/// line. With a backslash before it, a `%` is itself.
fn split_at_percent(text: &str) -> (String, Option<String>) {
    let mut command = String::new();
    let mut stdin: Option<String> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let literal = character == '\\' && characters.next_if_eq(&'%').is_some();
        match (character, &mut stdin) {
            (_, stdin) if literal => stdin.as_mut().unwrap_or(&mut command).push('%'),
            ('%', None) => stdin = Some(String::new()),
            ('%', Some(lines)) => lines.push('\n'),
            (character, stdin) => stdin.as_mut().unwrap_or(&mut command).push(character),
        }
    }
    (command.trim_end().to_owned(), stdin)
}

struct Words<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    /// Skips blanks; what follows, up to the end of the line.
    fn blanks(&mut self) -> Word<'a> {
        self.at = self.line.len() - self.line[self.at..].trim_start().len();
        Word { text: self.line[self.at..].trim_end(), column: self.column() }
    }

    fn word(&mut self) -> Word<'a> {
        let rest = &self.line[self.at..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = Word { text: &rest[..end], column: self.column() };
        self.at += end;
        word
    }

    fn column(&self) -> usize {
        self.line[..self.at].chars().count() + 1
    }
}
