# common.R: what the scripts of this folder share.  A script NAME.R calls reference(...) for each
# output of NAME.ksl and ends with write_reference(); both are sourced from here.

.values <- list()

# The value that output `name` must have, by R: `expr` is computed and written down with its value.
# kind says how near: "count" exactly, "stat" 1e-6, "model" 1e-5, both relative, "p" 1e-8, absolute.
# A list or named vector is an output of several results; its p_value is a p in any case.
# expr may give NA where there is no value: the output is missing then.
reference <- function(name, expr, kind = "stat") {
	stopifnot(kind %in% c("count", "stat", "model", "p"), is.null(.values[[name]]))
	call <- paste(trimws(deparse(substitute(expr), width.cutoff = 500)), collapse = " ")
	.values[[name]] <<- list(call = call, kind = kind, value = expr)
}

.text <- function(s) paste0("\"", gsub("\"", "\\\\\"", gsub("\\\\", "\\\\\\\\", s)), "\"")

# Numbers with all their digits; arrays row by row, as they stand in result.json.
.json <- function(x) {
	if (is.list(x) || (!is.null(names(x)) && is.null(dim(x))))
		return(paste0("{", paste0(.text(names(x)), ": ", vapply(as.list(x), .json, ""), collapse = ", "), "}"))
	if (length(dim(x)) > 1) {
		rows <- lapply(seq_len(dim(x)[1]), function(i) {
			part <- as.vector(x)[slice.index(x, 1) == i]
			.json(if (length(dim(x)) > 2) array(part, dim(x)[-1]) else array(part))
		})
		return(paste0("[", paste(rows, collapse = ", "), "]"))
	}
	v <- ifelse(is.na(x), "null", if (is.logical(x)) tolower(x) else formatC(as.numeric(x), digits = 17, width = 1, format = "g"))
	if (length(x) == 1 && is.null(dim(x))) v else paste0("[", paste(v, collapse = ", "), "]")
}

# Writes NAME.json, NAME being what the script is called.
write_reference <- function() {
	script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
	packages <- vapply(names(sessionInfo()$otherPkgs), function(p) paste(p, packageVersion(p)), "")
	lines <- vapply(names(.values), function(n) {
		v <- .values[[n]]
		paste0("\t\t", .text(n), ": {\"kind\": ", .text(v$kind), ", \"call\": ", .text(v$call),
			",\n\t\t\t\"value\": ", .json(v$value), "}")
	}, "")
	writeLines(c("{", paste0("\t\"made_by\": ", .text(paste(c(R.version.string, packages), collapse = ", ")), ","),
		"\t\"values\": {", paste(lines, collapse = ",\n"), "\t}", "}"), sub("\\.R$", ".json", script))
}

# A data set of data/, with what is missing as NA.
data_set <- function(name) read.csv(file.path("data", paste0(name, ".csv")), na.strings = c("NA", ""))

# An htest as broom names its parts.
tidy_test <- function(h, estimate = NULL) {
	r <- list()
	if (!is.null(estimate)) r$estimate <- estimate
	if (!is.null(h$statistic)) r$statistic <- unname(h$statistic)
	if (length(h$parameter) == 1) r$df <- unname(h$parameter)
	r$p_value <- h$p.value
	if (!is.null(h$conf.int)) {
		r$conf_low <- h$conf.int[1]
		r$conf_high <- h$conf.int[2]
	}
	r
}

# Odds and risk ratio of a 2 x 2 table with Wald's intervals, by their textbook formulas: rows are
# exposed and not, columns event and none.
wald <- function(estimate, std_error) list(estimate = estimate, std_error = std_error,
	statistic = log(estimate) / std_error, p_value = 2 * pnorm(-abs(log(estimate) / std_error)),
	conf_low = exp(log(estimate) - qnorm(0.975) * std_error), conf_high = exp(log(estimate) + qnorm(0.975) * std_error))
odds_ratio <- function(t) wald(t[1, 1] * t[2, 2] / (t[1, 2] * t[2, 1]), sqrt(sum(1 / t)))
risk_ratio <- function(t) {
	t <- unname(t)
	n <- as.vector(rowSums(t))
	wald(t[1, 1] / n[1] / (t[2, 1] / n[2]), sqrt(1 / t[1, 1] - 1 / n[1] + 1 / t[2, 1] - 1 / n[2]))
}
mantel_haenszel <- function(t, ...) {
	h <- mantelhaen.test(t, ...)
	tidy_test(h, unname(h$estimate))
}
