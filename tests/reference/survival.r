# survival.r: results of R's survival as the library names them.
library(survival)

curve <- function(f, times) {
	s <- summary(f, times = times, extend = TRUE)
	list(time = times, n_risk = s$n.risk, n_event = s$n.event, estimate = s$surv, conf_low = s$lower, conf_high = s$upper)
}
med <- function(f) {
	t <- unname(summary(f)$table[c("median", "0.95LCL", "0.95UCL")])
	list(estimate = t[1], conf_low = t[2], conf_high = t[3])
}
rank_test <- function(f) {
	k <- length(f$n)
	list(statistic = f$chisq, df = k - 1, p_value = pchisq(f$chisq, k - 1, lower.tail = FALSE),
		observed = if (is.matrix(f$obs)) rowSums(f$obs) else f$obs,
		expected = if (is.matrix(f$exp)) rowSums(f$exp) else f$exp)
}
model <- function(f) {
	s <- summary(f)$coefficients
	list(estimate = as.array(unname(s[, "coef"])), std_error = as.array(unname(s[, "se(coef)"])), statistic = as.array(unname(s[, "z"])),
		p_value = as.array(unname(s[, "Pr(>|z|)"])), conf_low = as.array(unname(confint(f)[, 1])), conf_high = as.array(unname(confint(f)[, 2])),
		nobs = f$n, n_event = f$nevent, log_lik_null = f$loglik[1], log_lik = f$loglik[2],
		lr_statistic = unname(summary(f)$logtest["test"]), lr_df = unname(summary(f)$logtest["df"]),
		lr_p_value = unname(summary(f)$logtest["pvalue"]), converged = TRUE)
}
