export default {
	repository: "sindresorhus/ky",
	version: "2.0.2",
	commit: "3419113b48e034fdcf8fa6bd3be3da7b3d0d758f",
	prepare: ["npm run build"],
	runner: "ava",
	// All but the tests that need browsers.
	command: ["ava", "--concurrency=2", "test/!(browser|types)*.ts", "test/!(helpers)/*.ts"],
	nativeNodeOptions: "--import=tsx/esm",
};
