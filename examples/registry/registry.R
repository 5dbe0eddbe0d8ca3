# What registry.ksl computes, from the pooled table:
#     Rscript registry.R > expected.json
#     Rscript registry.R 1 12 13 3 11 > session.json       (of these institutions; without `early`)
d <- read.csv("registry.csv")
d <- d[order(d$inst), ]
some <- commandArgs(TRUE)
if (length(some) > 0) d <- d[d$inst %in% some, ]
n <- nrow(d)
early <- d$time < sort(d$time)[n %/% 4 + 1]
sites <- split(early, d$inst)
names(sites) <- sprintf("site[%d]", seq_along(sites) - 1)

array <- function(v) paste0("[", paste(v, collapse = ", "), "]")
json <- function(v) {
	if (is.list(v))
		return(paste0("{\n", paste0("\t\t\"", names(v), "\": ", sapply(v, json), collapse = ",\n"), "\n\t}"))
	if (is.matrix(v))
		return(array(apply(v, 1, array)))
	v <- if (is.logical(v)) tolower(v) else format(v, digits = 17, trim = TRUE)
	if (length(v) == 1) v else array(v)
}
out <- list(
	patients = n, deaths = sum(d$status == 2), mean_age = mean(d$age), sd_age = sd(d$age),
	quartiles = sort(d$age)[c(n %/% 4, n %/% 2, (3 * n) %/% 4) + 1],
	age_bins = hist(d$age, breaks = seq(35, 85, by = 5), plot = FALSE)$counts,
	sex_ecog = unname(unclass(table(factor(d$sex, 1:2), factor(d$ph.ecog, 0:3)))),
	early = sites)
if (length(some) > 0) out$early <- NULL
cat("{\n", paste0("\t\"", names(out), "\": ", sapply(out, json), collapse = ",\n"), "\n}\n", sep = "")
