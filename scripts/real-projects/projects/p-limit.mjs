export default {
	repository: "sindresorhus/p-limit",
	version: "7.3.1",
	commit: "df476048d023ff868cd45b35ee47f5fb0ca2b25a",
	runner: "ava",
	command: ["ava"],
};
