export default {
	repository: "sindresorhus/p-event",
	version: "6.0.1",
	commit: "5c05922401ab90b03197304478a6880d0aa1ce8c",
	runner: "ava",
	command: ["ava"],
};
