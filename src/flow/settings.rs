//! Reading and changing `config.toml` without an editor; its comments stay.

use std::sync::{Arc, PoisonError};

use super::Flow;
use crate::config::Settings;
use crate::domain::Problem;
use crate::domain::setting::{SETTINGS, SettingRow};
use crate::store::settings_file;

impl Flow {
    /// The settings as they were read or changed last.
    #[must_use]
    pub(crate) fn settings(&self) -> Arc<Settings> {
        let settings = self.inner.settings.read();
        Arc::clone(&settings.unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the settings again. They hold from then on.
    ///
    /// # Errors
    /// A settings file that cannot be read or is wrong: the settings stay as they were.
    pub(crate) fn read_settings(&self) -> Result<Arc<Settings>, Problem> {
        let settings = Arc::new(Settings::load(&self.ctx().dirs)?);
        let mut now = self
            .inner
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *now = Arc::clone(&settings);
        Ok(settings)
    }

    /// `true` if a sign-in opens a browser where there is one.
    pub(crate) fn opens_browser(&self) -> bool {
        self.settings().open_browser.unwrap_or(true)
    }

    /// Every plain setting with its value.
    ///
    /// # Errors
    /// A settings file that cannot be read.
    pub fn setting_rows(&self) -> Result<Vec<SettingRow>, Problem> {
        let values = settings_file::values(&self.ctx().dirs)?;
        let row = |setting: &crate::domain::setting::Setting| SettingRow {
            setting: *setting,
            value: values.get(setting.key).cloned(),
        };
        Ok(SETTINGS.iter().map(row).collect())
    }

    /// Changes one setting; `None` goes back to the default. Returns the settings as they are then.
    ///
    /// # Errors
    /// A value that it cannot be: the file stays as it was; one that cannot be written.
    pub fn set_setting(&self, key: &str, value: Option<&str>) -> Result<Arc<Settings>, Problem> {
        settings_file::set(&self.ctx().dirs, key, value)?;
        self.read_settings()
    }
}
