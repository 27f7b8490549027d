//! The departments of a staff list: found by id, path or name, and made where there are none.

use std::collections::{HashMap, HashSet};
use std::iter::successors;

use super::super::rules;
use crate::domain::names::fold;
use crate::domain::{Department, DepartmentId};

/// The departments that are there, and those that a list adds.
#[derive(Debug)]
pub struct Places {
    /// What stands between a department and the one in it.
    separator: String,
    ids: HashSet<DepartmentId>,
    paths: HashMap<String, DepartmentId>,
    /// By name, where only one is called so.
    names: HashMap<String, Option<DepartmentId>>,
    made: Vec<Department>,
}

impl Places {
    /// Those that are there.
    pub fn new(departments: &[Department], separator: &str) -> Self {
        let mut places = Self {
            separator: separator.to_owned(),
            ids: HashSet::new(),
            paths: HashMap::new(),
            names: HashMap::new(),
            made: Vec::new(),
        };
        let by_id = departments.iter().map(|department| (&department.id, department)).collect();
        for department in departments {
            places.know(department.clone(), path(&by_id, department, separator));
        }
        places
    }

    /// The department that is meant; made, with all above it, where there is none.
    ///
    /// # Errors
    /// A sentence, when a level has no name, or one name means several.
    pub fn find(&mut self, written: &str) -> Result<DepartmentId, String> {
        let id = DepartmentId::new(written);
        if self.ids.contains(&id) {
            return Ok(id);
        }
        if let Some(id) = self.paths.get(&fold(written)) {
            return Ok(id.clone());
        }
        match self.names.get(&fold(written)) {
            Some(Some(id)) => return Ok(id.clone()),
            Some(None) => {
                return Err(format!("several departments are called {written:?}; write the whole path"));
            }
            None => {}
        }
        let mut parent: Option<DepartmentId> = None;
        let mut whole = String::new();
        for level in
            written.split(self.separator.as_str()).map(str::trim).map(str::to_owned).collect::<Vec<_>>()
        {
            let name = rules::name(&level)?;
            if !whole.is_empty() {
                whole.push_str(&self.separator);
            }
            whole.push_str(&name);
            parent = Some(match self.paths.get(&fold(&whole)) {
                Some(id) => id.clone(),
                None => self.make(name, parent, &whole),
            });
        }
        parent.ok_or_else(|| "a department has a name".to_owned())
    }

    /// Those that were made, each after the one above it.
    pub fn made(&self) -> &[Department] {
        &self.made
    }

    fn make(&mut self, name: String, parent: Option<DepartmentId>, path: &str) -> DepartmentId {
        let id = self.free_id(&name);
        let department = Department { id: id.clone(), name, parent, group: None };
        self.made.push(department.clone());
        self.know(department, path.to_owned());
        id
    }

    fn know(&mut self, department: Department, path: String) {
        self.ids.insert(department.id.clone());
        self.names
            .entry(fold(&department.name))
            .and_modify(|only| *only = None)
            .or_insert_with(|| Some(department.id.clone()));
        self.paths.insert(fold(&path), department.id);
    }

    /// The name itself where it can be typed and is nobody else's, so that the id says what it is.
    fn free_id(&self, name: &str) -> DepartmentId {
        let word = if rules::id(name).is_ok() { name } else { "d" };
        let numbered = (2..).map(|n| format!("{word}-{n}"));
        let mut candidates = std::iter::once(word.to_owned()).chain(numbered).map(DepartmentId::new);
        candidates.find(|id| !self.ids.contains(id)).expect("numbers never end")
    }
}

/// A department's name with those above it, the highest first.
pub fn path(departments: &HashMap<&DepartmentId, &Department>, of: &Department, separator: &str) -> String {
    let above = |at: &&Department| departments.get(at.parent.as_ref()?).copied();
    let upwards = successors(Some(of), above).take(Department::MAX_DEPTH);
    let mut names: Vec<_> = upwards.map(|department| department.name.as_str()).collect();
    names.reverse();
    names.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn department(id: &str, name: &str, parent: Option<&str>) -> Department {
        Department {
            id: DepartmentId::new(id),
            name: name.to_owned(),
            parent: parent.map(DepartmentId::new),
            group: None,
        }
    }

    #[test]
    fn a_department_is_found_by_id_path_or_name_before_one_is_made() {
        let there = [
            department("hq", "总部", None),
            department("s1", "销售部", Some("hq")),
            department("b", "Berlin", None),
            department("s2", "销售部", Some("b")),
        ];
        let mut places = Places::new(&there, "/");
        for (written, id) in [("s1", "s1"), ("总部/销售部", "s1"), ("Berlin/销售部", "s2"), ("总部", "hq")]
        {
            assert_eq!(places.find(written), Ok(DepartmentId::new(id)), "{written}");
        }
        assert!(places.find("销售部").unwrap_err().contains("whole path"));
        assert!(places.find("总部//x").is_err());
        assert_eq!(places.made(), []);
    }

    #[test]
    fn what_is_missing_is_made_once_from_the_top() {
        let mut places = Places::new(&[], "-");
        assert_eq!(places.find("总部-销售部"), Ok(DepartmentId::new("销售部")));
        assert_eq!(places.find("总部 - 销售部"), Ok(DepartmentId::new("销售部")));
        assert_eq!(places.find("R and D-销售部"), Ok(DepartmentId::new("销售部-2")));
        assert_eq!(
            places.made(),
            [
                department("总部", "总部", None),
                department("销售部", "销售部", Some("总部")),
                department("d", "R and D", None),
                department("销售部-2", "销售部", Some("d")),
            ]
        );
    }

    #[test]
    fn a_circle_of_departments_is_not_followed_for_ever() {
        let circle = [department("a", "A", Some("b")), department("b", "B", Some("a"))];
        let by_id = circle.iter().map(|department| (&department.id, department)).collect();
        assert_eq!(path(&by_id, &circle[0], "/"), vec!["B/A"; Department::MAX_DEPTH / 2].join("/"));
        let mut places = Places::new(&circle, "/");
        assert_eq!(places.find("A"), Ok(DepartmentId::new("a")));
    }
}
