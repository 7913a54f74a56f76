export default {
	repository: "sindresorhus/p-queue",
	version: "9.3.3",
	commit: "180ab9e25cd10b6f548767d7176076b50d25e188",
	runner: "node:test",
	command: ["node", "--test", "test/*.ts"],
	nativeNodeOptions: "--import=tsx/esm",
};
