export default {
	repository: "sindresorhus/p-map",
	version: "7.0.6",
	commit: "bc26cf03f81292325236a1188063dac8e7a4de0f",
	runner: "ava",
	command: ["ava"],
};
