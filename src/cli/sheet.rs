//! The rows of a CSV file or of an XLSX workbook's first sheet, one after another.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use calamine::{Data, Reader, Xlsx, XlsxError};
use encoding_rs::{CoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use indicatif::ProgressBar;

use super::Failure;

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;
/// How a workbook begins.
const WORKBOOK: &[u8] = b"PK\x03\x04";
/// Of numbers as long as this one, spreadsheets keep the first fifteen digits.
const FIRST_ROUNDED: f64 = 1e15;

/// A row.
pub(super) struct Line {
    /// Its number as a spreadsheet shows it.
    pub(super) number: u64,
    /// What stands in its cells.
    pub(super) cells: Vec<String>,
    /// The cells that need not hold what their spreadsheet shows, each with why.
    pub(super) unclear: Vec<(usize, &'static str)>,
}

/// A sheet that is open.
pub(super) struct Sheet {
    /// The cells of the first row.
    pub(super) heading: Vec<String>,
    /// The rows below it; an error ends them.
    pub(super) rows: Box<dyn Iterator<Item = Result<Line, String>>>,
}

/// Opens a file by the end of its name; the bar follows how much of it was read.
pub(super) fn open(path: &Path, bar: &ProgressBar) -> Result<Sheet, Failure> {
    let failed = |why: String| Failure::Failed(format!("{}: {why}", path.display()));
    if path.is_dir() {
        return Err(failed("is a directory, and no file".to_owned()));
    }
    let opened = if has_extension(path, "xlsx") { workbook(path, bar) } else { text(path, bar) };
    let mut rows = opened.map_err(failed)?;
    let first = rows.next().ok_or_else(|| failed("is empty".to_owned()))?.map_err(failed)?;
    Ok(Sheet { heading: first.cells, rows })
}

/// Whether this is the end of the file's name, in any case.
pub(super) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

type Rows = Box<dyn Iterator<Item = Result<Line, String>>>;

fn workbook(path: &Path, bar: &ProgressBar) -> Result<Rows, String> {
    let unreadable = |error: XlsxError| match error {
        XlsxError::Io(error) => format!("can't be read: {error}"),
        XlsxError::Zip(_) => "is no workbook, whatever its name ends in: save it as one (XLSX)".to_owned(),
        error => format!("can't be read as a workbook: {error}"),
    };
    if path.metadata().is_ok_and(|found| found.len() == 0) {
        return Err("is empty".to_owned());
    }
    let mut book: Xlsx<BufReader<File>> = calamine::open_workbook(path).map_err(unreadable)?;
    let range = book.worksheet_range_at(0).ok_or("has no sheet")?.map_err(unreadable)?;
    let first = u64::from(range.start().map_or(0, |(row, _)| row)) + 1;
    bar.set_length(range.height() as u64);
    let lines: Vec<Line> = (first..).zip(range.rows()).map(|(number, row)| line(number, row)).collect();
    let bar = bar.clone();
    Ok(Box::new(lines.into_iter().map(move |line| {
        bar.inc(1);
        Ok(line)
    })))
}

fn line(number: u64, row: &[Data]) -> Line {
    let unclear = row.iter().enumerate().filter_map(|(at, cell)| unclear(cell).map(|why| (at, why)));
    Line { number, cells: row.iter().map(written).collect(), unclear: unclear.collect() }
}

/// A cell as people read it: a phone that was typed as a number has no decimal point.
fn written(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        other => other.to_string(),
    }
}

/// Why a cell need not hold what was typed.
fn unclear(cell: &Data) -> Option<&'static str> {
    match cell {
        Data::Bool(_) => Some("holds a truth value: format the column as text, and type it again"),
        Data::DateTime(_) | Data::DateTimeIso(_) | Data::DurationIso(_) => {
            Some("holds a date: format the column as text, and type it again")
        }
        Data::Error(_) => Some("holds an error of the spreadsheet: mend it there"),
        Data::Float(number) if number.fract() != 0.0 || number.abs() >= FIRST_ROUNDED => {
            Some("holds a number that may be rounded: format the column as text, and type it again")
        }
        Data::Float(_) | Data::Int(_) | Data::String(_) | Data::Empty => None,
    }
}

fn text(path: &Path, bar: &ProgressBar) -> Result<Rows, String> {
    let unreadable = |error: io::Error| format!("can't be read: {error}");
    must_be_text(path)?;
    let encoding = encoding(path).map_err(unreadable)?;
    let file = File::open(path).map_err(unreadable)?;
    bar.set_length(file.metadata().map_err(unreadable)?.len());
    let mut decoded = BufReader::new(Decoded::new(bar.wrap_read(file), encoding));
    let separator = separator(io::BufRead::fill_buf(&mut decoded).map_err(unreadable)?);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(decoded);
    Ok(Box::new(std::iter::from_fn(move || {
        let mut record = csv::StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let number = record.position().map_or(0, csv::Position::line);
                let cells = record.iter().map(str::to_owned).collect();
                Some(Ok(Line { number, cells, unclear: Vec::new() }))
            }
            Err(error) => Some(Err(format!("can't be read: {error}"))),
        }
    })))
}

/// What begins like a workbook, or has what no text has, would give headings and names that nobody can read.
fn must_be_text(path: &Path) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("can't be read: {error}");
    let mut begin = Vec::new();
    let mut file = File::open(path).map_err(unreadable)?.take(CHUNK as u64);
    file.read_to_end(&mut begin).map_err(unreadable)?;
    if begin.starts_with(WORKBOOK) {
        return Err("is a workbook (XLSX), and its name must end in .xlsx".to_owned());
    }
    if begin.contains(&0) && Encoding::for_bom(&begin).is_none() {
        return Err("is no text: save it as CSV in UTF-8, or as a workbook (XLSX)".to_owned());
    }
    Ok(())
}

/// What separates the cells of the first line: whichever of the usual three is there most.
fn separator(begin: &[u8]) -> u8 {
    let line = begin.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: &u8| line.iter().filter(|byte| *byte == separator).count();
    // Of equals the last is taken: without any, the comma.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// UTF-8 and UTF-16 by their mark; otherwise UTF-8 if all of it is, or what Chinese spreadsheets write.
fn encoding(path: &Path) -> io::Result<&'static Encoding> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    let mut kept = 0;
    let mut is_first = true;
    loop {
        let read = file.read(&mut chunk[kept..])?;
        let filled = kept + read;
        if is_first && let Some((encoding, _)) = Encoding::for_bom(&chunk[..filled]) {
            return Ok(encoding);
        }
        is_first = false;
        let valid = Encoding::utf8_valid_up_to(&chunk[..filled]);
        // A character may be cut at the end of a chunk, and is at most four bytes long.
        if filled - valid >= 4 || (read == 0 && valid < filled) {
            return Ok(GB18030);
        }
        if read == 0 {
            return Ok(UTF_8);
        }
        chunk.copy_within(valid..filled, 0);
        kept = filled - valid;
    }
}

/// Reads another encoding as UTF-8, and every line break as one character, so that rows can be counted.
struct Decoded<R> {
    from: R,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    /// Where in `raw` what is not decoded yet begins and ends.
    rest: (usize, usize),
    input: Input,
    /// The last character was a carriage return, to which a line feed would belong.
    is_break_open: bool,
}

/// What is still to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    /// Bytes of the file.
    Bytes,
    /// Only what the decoder holds back.
    HeldBack,
    /// Nothing.
    Nothing,
}

impl<R: Read> Decoded<R> {
    fn new(from: R, encoding: &'static Encoding) -> Self {
        debug_assert!([UTF_8, UTF_16LE, UTF_16BE, GB18030].contains(&encoding), "what `encoding` gives");
        let decoder = encoding.new_decoder_with_bom_removal();
        let (raw, rest) = (vec![0; CHUNK], (0, 0));
        Self { from, decoder, raw, rest, input: Input::Bytes, is_break_open: false }
    }

    /// Makes every line break one line feed; gives how many bytes are left.
    fn with_single_breaks(&mut self, text: &mut [u8]) -> usize {
        let mut kept = 0;
        for index in 0..text.len() {
            let byte = text[index];
            let is_rest_of_break = self.is_break_open && byte == b'\n';
            self.is_break_open = byte == b'\r';
            if !is_rest_of_break {
                text[kept] = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
        }
        kept
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.input != Input::Nothing {
            let (begin, end) = self.rest;
            let is_last = self.input == Input::HeldBack;
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(&self.raw[begin..end], into, is_last);
            self.rest.0 += read;
            if is_last && result == CoderResult::InputEmpty {
                self.input = Input::Nothing;
            }
            let kept = self.with_single_breaks(&mut into[..written]);
            if kept > 0 {
                return Ok(kept);
            }
            if self.input == Input::Bytes && self.rest.0 == end {
                let filled = self.from.read(&mut self.raw)?;
                self.rest = (0, filled);
                if filled == 0 {
                    self.input = Input::HeldBack;
                }
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.CSV");
        std::fs::write(&path, bytes).unwrap();
        let Ok(sheet) = open(&path, &ProgressBar::hidden()) else { panic!("it opens") };
        let rows = sheet.rows.map(|line| line.map(|line| (line.number, line.cells)));
        std::iter::once(Ok((1, sheet.heading))).chain(rows).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_usual_encoding_and_separator_is_read() {
        let text = "工号,姓名\nbob,李博\r\n\"a\nb\",'x'\n";
        let expected = read(text.as_bytes());
        assert_eq!(expected[1], (2, vec!["bob".to_owned(), "李博".to_owned()]));
        assert_eq!(expected[2].0, 3, "rows are numbered by their first line");
        let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect()
        };
        assert_eq!(read(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), expected);
        assert_eq!(read(&utf16(u16::to_le_bytes)), expected);
        assert_eq!(read(&utf16(u16::to_be_bytes)), expected);
        assert_eq!(read(&GB18030.encode(text).0), expected);
        assert_eq!(read(text.replace(',', ";").as_bytes()), expected);
        assert_eq!(read(text.replace(',', "\t").as_bytes()), expected);
    }

    #[test]
    fn a_character_on_the_edge_of_a_chunk_is_whole() {
        for shift in 0..3 {
            let text = format!("id,name\n{}{}", "a".repeat(shift), "李".repeat(2 * CHUNK / 3));
            assert_eq!(read(text.as_bytes())[1].1[0], text[8..]);
        }
    }
}
