//! What the first copy has read so far, so that a program that ends in its midst goes on where it was.
//!
//! Only whole things are kept: all members of a department, all running approvals of a template. They are no part of an
//! organisation before the walk that reads them comes to its end.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// What was read, by what was asked; nothing is kept except between [`Readings::begin`] and [`Readings::end`].
#[derive(Default)]
pub struct Readings(Mutex<Option<Kept>>);

#[derive(Default)]
struct Kept {
    known: BTreeMap<String, Value>,
    /// What was read since somebody asked for it last, as text.
    new: Vec<(String, String)>,
}

impl Readings {
    /// From now on what is read is kept, and what is known is not read again.
    pub fn begin(&self, known: Vec<(String, String)>) {
        // What can't be read is read from the platform, once more.
        let read = |(what, answer): (String, String)| Some((what, serde_json::from_str(&answer).ok()?));
        let known = known.into_iter().filter_map(read).collect();
        *self.kept() = Some(Kept { known, new: Vec::new() });
    }

    /// What was read since the last call: to be made durable.
    pub fn take_new(&self) -> Vec<(String, String)> {
        self.kept().as_mut().map(|kept| std::mem::take(&mut kept.new)).unwrap_or_default()
    }

    /// From now on everything is read from the platform.
    pub fn end(&self) {
        *self.kept() = None;
    }

    /// What is known of this, or else what reading it gives.
    pub(super) async fn of<E>(
        &self,
        what: String,
        read: impl Future<Output = Result<Value, E>>,
    ) -> Result<Value, E> {
        let known = self.kept().as_ref().and_then(|kept| kept.known.get(&what).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let answer = read.await?;
        if let Some(kept) = self.kept().as_mut() {
            kept.new.push((what.clone(), answer.to_string()));
            kept.known.insert(what, answer.clone());
        }
        Ok(answer)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows how much there is, and nobody's data.
impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.kept().as_ref().map(|kept| kept.known.len());
        f.debug_struct("Readings").field("known", &known).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Readings;

    fn what(name: &str) -> String {
        name.to_owned()
    }

    #[tokio::test]
    async fn what_is_known_is_not_read_again_and_what_failed_is() {
        let readings = Readings::default();
        let read = |answer: u64| async move { Ok::<_, ()>(json!(answer)) };
        assert_eq!(readings.of(what("a"), read(1)).await, Ok(json!(1)));
        assert!(readings.take_new().is_empty(), "nothing is kept before it begins");
        readings.begin(vec![(what("b"), what("2")), (what("c"), what("no JSON"))]);
        assert_eq!(readings.of(what("b"), read(9)).await, Ok(json!(2)));
        assert_eq!(readings.of(what("c"), read(3)).await, Ok(json!(3)));
        let fails = async { Err::<Value, _>(()) };
        assert_eq!(readings.of(what("d"), fails).await, Err(()));
        assert_eq!(readings.of(what("d"), read(4)).await, Ok(json!(4)));
        let new = [("c", "3"), ("d", "4")].map(|(name, answer)| (what(name), what(answer)));
        assert_eq!(readings.take_new(), new);
        assert!(readings.take_new().is_empty());
        readings.end();
        assert_eq!(readings.of(what("b"), read(9)).await, Ok(json!(9)));
    }
}
