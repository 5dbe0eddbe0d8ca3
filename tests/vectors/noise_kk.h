/* noise_kk.h: published test vectors of Noise_KK_25519_AESGCM_BLAKE2b, in hexadecimal.
 *
 * From github.com/mcginty/snow at 8ac60f51, tests/vectors/cacophony.txt (made by the Haskell
 * implementation cacophony) and tests/vectors/snow.txt (made by the Rust implementation snow,
 * without the handshake hash).  Messages 0 and 1 are the handshake, then transport messages
 * alternate, the initiator's first. */
#ifndef KONSIL_NOISE_KK_VECTORS_H
#define KONSIL_NOISE_KK_VECTORS_H

struct noise_vector {
	const char *prologue, *init_static, *init_ephemeral, *resp_static, *resp_ephemeral;
	const char *init_public, *resp_public, *hash;
	struct {
		const char *payload, *ciphertext;
	} message[6];
};

static const struct noise_vector noise_kk_vectors[] = {
	{
		.prologue = "4a6f686e2047616c74",
		.init_static = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
		.init_ephemeral =
		    "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
		.resp_static = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
		.resp_ephemeral =
		    "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
		.init_public = "6bc3822a2aa7f4e6981d6538692b3cdf3e6df9eea6ed269eb41d93c22757b75a",
		.resp_public = "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
		.hash = "f598ca9435ab2a07a3cdb1d418533ec6af451aac7b2823c82cde733fb267a3bd"
		    "e515619e1aa6c7028e60d14ba51c2243a55f2bb6a01081f7d35a3d206e414b7a",
		.message = {
			{ "4c756477696720766f6e204d69736573",
			  "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
			    "235b7cf4d863cfaeb2101fec1a10a9d92b9a42e4387a62e1b1fd7ea0350b070f" },
			{ "4d757272617920526f746862617264",
			  "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
			    "e44f8a9ef3ac9c9c82e7217f5f387583d7ed37bc357d15fae6b52aa6c36823" },
			{ "462e20412e20486179656b",
			  "db58238704498d912cb53710ffada26c7a467ab9c432817656964f" },
			{ "4361726c204d656e676572",
			  "c7e2a43c2ffd4fd53cd85b6f16e91b5496298c5d6ce6f482775954" },
			{ "4a65616e2d426170746973746520536179",
			  "770cf4828b18e397e1db1227fb74edfb75218e49cd4749c74674b6a7db8caab9"
			    "6e" },
			{ "457567656e2042f6686d20766f6e2042617765726b",
			  "d4998b074f906501520e5684f1d62e5dc2cafedc7fb5ad265747226302c44717"
			    "c92692b8b6" },
		},
	},
	{
		.prologue = "5468657265206973206e6f20726967687420616e642077726f6e672e20546865"
		    "72652773206f6e6c792066756e20616e6420626f72696e672e",
		.init_static = "ad248a28e65427a5158b978a92d07b108ddc1d4fd4affe65f204e0742c674bb1",
		.init_ephemeral =
		    "c0454a49e700061d862f413a748c6884882eb212e9418f3ce4fbd1beed42c0ac",
		.resp_static = "803195dcafd6d78243dfbce4e09a2ffd1476028748da155122d2529933fb4d2e",
		.resp_ephemeral =
		    "313902cbf0c108fc2302b8731be7a06c2a282a9e6e7bafe8a5cf1bfa60e0a537",
		.init_public = "2a5ffe510e2577df1bdb293874762f5aea19ee109b6df113c8dc674de5e9fe5f",
		.resp_public = "8347272f9a71acf7d3274b2f9421f2cc76bf90486e2905562f751ae9bfb27409",
		.message = {
			{ "556f227e4f0c5018f8b50a0e7a2fe08ae7dacc06e2fd5ffa75aff21d2cadb38a",
			  "361ccb783d6946c83f515207e04d1e2ef5c52053bb24cbce53377a4ed87c2b03"
			    "27577802794393049eeb0255e90b7f72002a7b2d83f7730db61031873d05b017"
			    "dc48f1962010a18de6dc3e8580023cc9" },
			{ "07d8ca97b9347458ae9fcaa64f0a53eacac8a098b0157c271b0c4a583b60ec90",
			  "e59009fc414691e3918aa0df4eb1ea08827d65a965949e474a0898dc1b874a22"
			    "c85ae93a4ca311f526233c416afb28cf26bf41a53e8ad06f65371e3984c17c7c"
			    "3064b5f174e1b44b536f7315d133eb50" },
			{ "ea7674ca302d03ac85901873ef353eeb2232bc1707f232daaaa996c05472e7e9",
			  "be9a50aa6f9e7ca5c70df843786d8ab76784bf1c6e067f4cbf4c2ae7149a2335"
			    "54b7af833b3f561862f7e429b5d92ec7" },
			{ "9ec0c571b02eab25ad9be481028bf005f0249e1f987de14a124d07a904cc423d",
			  "bad9e89671fae5c8952c11b2cb07d17bcdbc1f4d1ec9e99f371893c3a3cbdd44"
			    "a1cd1989c375ee9c9acddfa5e8dce9cc" },
		},
	},
};

#endif
