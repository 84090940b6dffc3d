//! The catalog that a home has before a program is started.

use std::sync::Arc;

use roledex::internals::config::{Dirs, Env};
use roledex::internals::domain::catalog::Account;
use roledex::internals::domain::{Catalog, CatalogEvent};
use roledex::internals::store::aws_files::AwsFiles;
use roledex::internals::store::catalog_cache;

use super::Home;

/// The last known list of one portal: accounts as `ID NAME`, each with these roles.
pub fn known(home: &Home, portal: &str, accounts: &[(String, String)], roles: &[&str]) {
    let portal: Arc<str> = portal.into();
    let mut catalog = Catalog::default();
    catalog.apply(CatalogEvent::Started {
        portal: Arc::clone(&portal),
    });
    catalog.apply(CatalogEvent::Accounts {
        portal: Arc::clone(&portal),
        accounts: accounts
            .iter()
            .map(|(id, name)| Account {
                id: id.parse().unwrap(),
                name: name.as_str().into(),
                email: "".into(),
            })
            .collect(),
    });
    for (id, _) in accounts {
        catalog.apply(CatalogEvent::Roles {
            portal: Arc::clone(&portal),
            account: id.parse().unwrap(),
            roles: Ok(roles.iter().map(|role| (*role).into()).collect()),
        });
    }
    catalog.apply(CatalogEvent::Finished {
        portal: Arc::clone(&portal),
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
    });
    save(home, &catalog);
}

/// Saves what is known of the portals of a home, as they are called in its AWS config.
pub fn save(home: &Home, catalog: &Catalog) {
    let dirs = dirs(home);
    let files = AwsFiles::new(&dirs).read().unwrap();
    for (name, part) in &catalog.portals {
        catalog_cache::save(&dirs, &files.portal(name).unwrap(), part).unwrap();
    }
}

pub fn dirs(home: &Home) -> Dirs {
    Dirs::from_env(&home.env().into_iter().collect::<Env>()).unwrap()
}
