export default {
	repository: "sindresorhus/p-retry",
	version: "7.0.0",
	commit: "e11ca9c9c4a8032182403871593a67a49e948568",
	runner: "ava",
	command: ["ava"],
};
