import { readdirSync, readFileSync } from "node:fs";

/** Whether this system has process groups that can be signalled. */
export const hasGroups: boolean = process.platform !== "win32";

/** Sends a signal to a process, or to its whole group. Tells whether there was anybody to get it. */
export function sendSignal(pid: number, group: boolean, signal: NodeJS.Signals): boolean {
	try {
		return process.kill(group ? -pid : pid, signal);
	} catch (error) {
		// ESRCH: it has ended. EPERM: it runs as another user now.
		if ((error as { code?: string }).code === "ESRCH" || (error as { code?: string }).code === "EPERM") return false;
		throw error;
	}
}

/**
 * Whether anybody is left in a group. Processes that have ended and were not yet taken off the system's list by their parent
 * do not count: in a container whose first process does not care they stay there for good.
 */
export function isGroupAlive(leader: number): boolean {
	try {
		process.kill(-leader, 0);
	} catch (error) {
		return (error as { code?: string }).code === "EPERM";
	}
	return process.platform !== "linux" || hasLiveMember(leader);
}

/** Looks at all processes; asked only while a group outlives its leader. */
function hasLiveMember(leader: number): boolean {
	let folders: string[];
	try {
		folders = readdirSync("/proc");
	} catch {
		return true;
	}
	for (const folder of folders) {
		if (!/^\d+$/.test(folder)) continue;
		try {
			const text = readFileSync(`/proc/${folder}/stat`, "latin1");
			// The name may hold anything, so the fields are counted from the last parenthesis: state, parent, group.
			const [state, , group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
			if (Number(group) === leader && state !== "Z" && state !== "X") return true;
		} catch {
			// It has ended meanwhile.
		}
	}
	return false;
}
