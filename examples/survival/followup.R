# What followup.ksl computes, from the pooled table: Rscript followup.R > expected.json
library(survival)
files <- c("north.csv", "west.csv", "south.csv")
d <- do.call(rbind, lapply(1:3, function(i) cbind(read.csv(files[i]), site = i)))
d$dead <- d$status == 2
d$female <- d$sex == 2
days <- (0:10) * 90
few <- function(x, n = x) ifelse(n > 0 & n < 5, NA, x)
curve <- function(f) summary(f, times = days, extend = TRUE)
shown <- function(f) {
	s <- curve(f)
	cut <- function(x) ifelse(s$n.risk < 5, NA, x)
	list(n_risk = cut(s$n.risk), n_event = cut(s$n.event), estimate = cut(s$surv), conf_low = cut(s$lower),
		conf_high = cut(s$upper))
}
limits <- function(f) {
	t <- unname(summary(f)$table[c("median", "0.95LCL", "0.95UCL")])
	list(estimate = t[1], conf_low = t[2], conf_high = t[3])
}
men <- survfit(Surv(time, dead) ~ 1, d, subset = !female)
women <- survfit(Surv(time, dead) ~ 1, d, subset = female)
rank <- survdiff(Surv(time, dead) ~ sex, d)
cox <- coxph(Surv(time, dead) ~ age + female + ph.ecog + strata(site), d)
s <- unname(summary(cox)$coefficients)
out <- list(within = 1e-6,
	patients = as.vector(table(d$sex)), mean_age = as.vector(tapply(d$age, d$sex, mean)),
	sd_age = as.vector(tapply(d$age, d$sex, sd)), by_ecog = unname(few(table(d$sex, d$ph.ecog))),
	men = shown(men), women = shown(women),
	median_men = limits(men), median_women = limits(women),
	by_sex = list(statistic = rank$chisq, df = 1, p_value = rank$pvalue, observed = rank$obs, expected = rank$exp),
	hazard = list(estimate = s[, 1], std_error = s[, 3], p_value = s[, 5],
		nobs = cox$n, n_event = cox$nevent, log_lik = cox$loglik[2], converged = TRUE))
text <- function(x) {
	v <- if (is.list(x)) "" else if (is.logical(x)) tolower(x) else trimws(format(x, digits = 15))
	v[!is.list(x) & is.na(x)] <- "null"
	if (length(dim(x)) == 2)
		return(paste0("[", paste(apply(x, 1, text), collapse = ", "), "]"))
	if (is.list(x))
		return(paste0("{", paste0("\"", names(x), "\": ", sapply(x, text), collapse = ", "), "}"))
	if (length(v) > 1) paste0("[", paste(v, collapse = ", "), "]") else v
}
cat("{\n", paste0("\t\"", names(out), "\": ", sapply(out, text), collapse = ",\n"), "\n}\n", sep = "")
