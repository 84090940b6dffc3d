//! A terminal with the real binary in it: keys go in, the screen is read. Nothing sleeps; what is
//! expected is waited for, and the screen is shown when it does not come.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{Home, ROLEDEX, wait_for};

/// The terminal's reaction to a request for the cursor position (`CSI 6 n`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// It answers.
    #[default]
    Told,
    /// It never answers.
    Silent,
    /// It answers when the test says so.
    Held,
}

/// Answers of the terminal.
#[derive(Default)]
struct Answers {
    cursor: Cursor,
    said: Vec<u8>,
}

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        if (first, params, c) == (None, &[&[6][..]][..], 'n') && self.cursor != Cursor::Silent {
            let (row, column) = screen.cursor_position();
            let answer = format!("\x1b[{};{}R", row + 1, column + 1);
            self.said.extend_from_slice(answer.as_bytes());
        }
    }
}

type Parser = vt100::Parser<Answers>;

pub struct Terminal {
    screen: Arc<Mutex<(Parser, Vec<u8>)>>,
    keys: Arc<Mutex<Box<dyn Write + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Reads what programs write, until none has the terminal.
    reader: std::thread::JoinHandle<()>,
    /// `true` if Esc was the last key.
    after_esc: bool,
}

impl Terminal {
    /// roledex in a terminal.
    pub fn roledex(home: &Home, args: &[&str], size: (u16, u16)) -> Self {
        Self::open(home, ROLEDEX, args, size, &[])
    }

    /// Any program in a terminal.
    pub fn open(
        home: &Home,
        program: &str,
        args: &[&str],
        size: (u16, u16),
        env: &[(&str, &str)],
    ) -> Self {
        Self::open_with(home, program, args, size, env, Cursor::Told)
    }

    /// Any program in a terminal that answers in its way.
    pub fn open_with(
        home: &Home,
        program: &str,
        args: &[&str],
        size: (u16, u16),
        env: &[(&str, &str)],
        cursor: Cursor,
    ) -> Self {
        let (cols, rows) = size;
        let pair = native_pty_system()
            .openpty(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for (name, value) in home.env() {
            command.env(name, value);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(home.dir.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let answers = Answers {
            cursor,
            said: Vec::new(),
        };
        let parser = Parser::new_with_callbacks(count(rows), count(cols), 1000, answers);
        let screen = Arc::new(Mutex::new((parser, Vec::new())));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let (shared, answering) = (Arc::clone(&screen), Arc::clone(&keys));
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let mut screen = shared.lock().unwrap();
                screen.0.process(&buffer[..count]);
                screen.1.extend_from_slice(&buffer[..count]);
                if cursor == Cursor::Told {
                    let said = std::mem::take(&mut screen.0.callbacks_mut().said);
                    drop(screen);
                    // Who asked may be gone.
                    let _ = answering.lock().unwrap().write_all(&said);
                }
            }
        });
        Self {
            screen,
            keys,
            child,
            master: pair.master,
            reader,
            after_esc: false,
        }
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().0.screen().contents()
    }

    /// Looks at the screen, cell by cell.
    pub fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.screen.lock().unwrap().0.screen())
    }

    /// Every byte that came.
    pub fn bytes(&self) -> Vec<u8> {
        self.screen.lock().unwrap().1.clone()
    }

    /// The text that was copied last.
    pub fn copied(&self) -> String {
        let bytes = self.bytes();
        let all = String::from_utf8_lossy(&bytes);
        let last = all.rsplit("\x1b]52;c;").next().unwrap();
        let encoded = last.split(['\x07', '\x1b']).next().unwrap();
        let text = base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    pub fn alternate(&self) -> bool {
        self.screen.lock().unwrap().0.screen().alternate_screen()
    }

    pub fn cursor_is_hidden(&self) -> bool {
        self.screen.lock().unwrap().0.screen().hide_cursor()
    }

    /// Presses keys. Those after Esc wait until it has been read: read together, they would be one key with Alt.
    pub fn press(&mut self, keys: &str) {
        if self.after_esc {
            self.wait_until_read();
        }
        self.after_esc = keys.ends_with(ESC);
        let mut writer = self.keys.lock().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the program has read all keys.
    pub fn wait_until_read(&self) {
        use rustix::fs::{Mode, OFlags, open};
        let path = self.master.tty_name().unwrap();
        let device = open(path, OFlags::RDONLY | OFlags::NOCTTY, Mode::empty()).unwrap();
        wait_for("the keys to be read", || {
            (rustix::io::ioctl_fionread(&device) == Ok(0)).then_some(())
        });
    }

    /// Waits until the cursor was asked for, and answers ([`Cursor::Held`]).
    pub fn tell_cursor(&mut self) {
        let said = wait_for("a question", || {
            let mut screen = self.screen.lock().unwrap();
            let said = std::mem::take(&mut screen.0.callbacks_mut().said);
            (!said.is_empty()).then_some(said)
        });
        self.press(&String::from_utf8(said).unwrap());
    }

    /// Waits until the cursor position has been requested ([`Cursor::Held`]).
    pub fn wait_for_question(&self) {
        wait_for("a question", || {
            let screen = self.screen.lock().unwrap();
            (!screen.0.callbacks().said.is_empty()).then_some(())
        });
    }

    /// The rows of the screen, without blanks at their ends.
    pub fn rows(&self) -> Vec<String> {
        self.look(|screen| {
            let columns = screen.size().1.get();
            let rows = screen.rows(0, columns);
            rows.map(|row| row.trim_end().to_owned()).collect()
        })
    }

    /// Waits until a text is on screen.
    pub fn wait(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// Waits until the screen is as it should be.
    pub fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let start = std::time::Instant::now();
        wait_for(what, || {
            let text = self.text();
            assert!(
                start.elapsed() < super::WAIT_TIMEOUT * 9 / 10,
                "waited in vain for {what:?} on:\n{text}"
            );
            is(&text).then_some(text)
        })
    }

    pub fn resize(&self, (cols, rows): (u16, u16)) {
        // First the terminal, then the program is told; what it asks is answered after both.
        let mut screen = self.screen.lock().unwrap();
        screen.0.set_size(count(rows), count(cols));
        self.master
            .resize(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the end, and for all that was written, and returns the exit code.
    pub fn ended(&mut self) -> u32 {
        use rustix::fs::{Mode, OFlags, open};
        /// A sequence that terminals ignore.
        const MARK: &[u8] = b"\x1b]end\x07";
        let status = wait_for("the end", || self.child.try_wait().unwrap());
        // A process in the background may keep the terminal. What is written now comes after what was written before.
        let path = self.master.tty_name().unwrap();
        if let Ok(device) = open(path, OFlags::WRONLY | OFlags::NOCTTY, Mode::empty()) {
            let _ = rustix::io::write(device, MARK);
        }
        wait_for("the last output", || {
            let bytes = &mut self.screen.lock().unwrap().1;
            let mut places = bytes.windows(MARK.len());
            let mark = places.rposition(|place| place == MARK);
            if let Some(at) = mark {
                bytes.drain(at..at + MARK.len());
            }
            (mark.is_some() || self.reader.is_finished()).then_some(())
        });
        status.exit_code()
    }
}

/// A count that a terminal can have.
fn count(number: u16) -> std::num::NonZeroU16 {
    number.try_into().unwrap()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub const ENTER: &str = "\r";
pub const ESC: &str = "\x1b";

/// Ctrl and a letter.
pub fn ctrl(letter: char) -> String {
    char::from(letter as u8 & 0x1f).to_string()
}
