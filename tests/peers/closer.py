"""Sits between roledex and a Chromium that is driven over a pipe, and closes its window the moment a
file appears, as a user would with the mouse: closer.py FILE CHROMIUM ARGUMENTS…"""

import os
import re
import subprocess
import sys
import threading
import time

trigger, program, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
# Our descriptors 3 and 4 are roledex's; the browser's are another pair, put in their places for it.
ours_in, ours_out = os.dup(3), os.dup(4)
their_in, our_end_in = os.pipe()
our_end_out, their_out = os.pipe()
os.dup2(their_in, 3)
os.dup2(their_out, 4)
browser = subprocess.Popen([program, "--headless=new", *arguments], pass_fds=(3, 4))
for descriptor in (3, 4, their_in, their_out):
    os.close(descriptor)
pages = []


def forward(source, sink, watch):
    text = b""
    while data := os.read(source, 65536):
        os.write(sink, data)
        if watch:
            text = (text + data)[-100000:]
            pages[:] = re.findall(rb'"targetId":"([0-9A-F]+)","type":"page"', text) or pages


def close_when_told():
    while not os.path.exists(trigger):
        time.sleep(0.05)
    # A page that is being loaded may not hear it the first time.
    while True:
        for page in pages:
            message = b'{"id":99999999,"method":"Target.closeTarget","params":{"targetId":"%s"}}\0' % page
            os.write(our_end_in, message)
        time.sleep(0.5)


threading.Thread(target=close_when_told, daemon=True).start()
threading.Thread(target=forward, args=(ours_in, our_end_in, False), daemon=True).start()
forward(our_end_out, ours_out, True)
sys.exit(browser.wait())
