// Cases that the production build is not asked about: they compare what messages say, or a check that development alone has.
// That its errors have the same classes and codes is held by scripts/production.test.mjs.
const messages = "compares what the message says";
const options = "names of options are checked during development";

export const developmentOnly = {
	"GST-06": messages,
	"HF-FOR-12": messages,
	"HF-GRP-06": messages,
	"HF-GRP-13": messages,
	"HF-LOOP-05": messages,
	"HF-MIS-01": messages,
	"HF-MIS-02": messages,
	"HF-MIS-03": messages,
	"HF-MIS-04": messages,
	"HF-MIS-05": messages,
	"HF-MIS-06": messages,
	"HF-MIS-07": messages,
	"HF-MIS-08": messages,
	"HF-MIS-09": messages,
	"HF-MIS-10": messages,
	"HF-RUN-06": messages,
	"HF-RUN-07": options,
	"HF-RUN-10": "calls that are never awaited are looked for during development",
	"HF-RUN-13": options,
	"HF-RUN-21": messages,
	"HF-SYNC-03": messages,
	"HF-SYNC-04": messages,
	"HF-STR-15": messages,
	"RUN-02": messages,
	"SYN-21": messages,
};
