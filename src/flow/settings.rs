//! Reading and changing `config.toml` without an editor; its comments stay.

use super::Flow;
use crate::config::Settings;
use crate::domain::Problem;
use crate::domain::setting::{SETTINGS, SettingRow};
use crate::store::settings_file;

impl Flow {
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
    pub fn set_setting(&self, key: &str, value: Option<&str>) -> Result<Settings, Problem> {
        let dirs = &self.ctx().dirs;
        settings_file::set(dirs, key, value)?;
        Settings::load(dirs)
    }
}
