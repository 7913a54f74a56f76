# Runs a command as the leader of a session with a controlling terminal, passes input and output on, and says at the
# end what the command left of the terminal.
import fcntl, os, select, subprocess, sys, termios, pty
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
    preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
watched = [master, 0]
def relay(wait):
    ready = select.select(watched, [], [], wait)[0]
    if master in ready:
        os.write(1, os.read(master, 65536))
    if 0 in ready:
        typed = os.read(0, 1024)
        if typed: os.write(master, typed)
        else: watched.remove(0)
    return ready
while child.poll() is None:
    relay(0.02)
while relay(0): pass
flags = termios.tcgetattr(slave)[3]
print("[cooked]" if flags & termios.ICANON and flags & termios.ECHO else "[raw]", flush=True)
code = child.returncode
sys.exit(code if code >= 0 else 128 - code)
