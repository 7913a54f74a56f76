export default {
	repository: "sindresorhus/get-stream",
	version: "9.0.1",
	commit: "cdbd77bebf332f28a2949613fc1534d8a7a04c95",
	runner: "ava",
	command: ["ava"],
};
