# What logistic.ksl computes, from the pooled table: Rscript logistic.R > expected.json
# glm() stops when the deviance settles; epsilon makes it go on until the standard errors have, too.
d <- do.call(rbind, lapply(c("north.csv", "west.csv", "south.csv"), read.csv))
m <- glm(status ~ age + size + factor(grade) + nodes + hormon, family = binomial, data = d,
	control = list(epsilon = 1e-14))
s <- summary(m)$coefficients
ci <- confint.default(m)
out <- list(estimate = s[, 1], std_error = s[, 2], statistic = s[, 3], p_value = s[, 4],
	conf_low = ci[, 1], conf_high = ci[, 2], nobs = nobs(m), deviance = deviance(m),
	null_deviance = m$null.deviance, log_lik = as.numeric(logLik(m)), aic = AIC(m))
line <- function(n) {
	v <- format(unname(out[[n]]), digits = 15, trim = TRUE)
	sprintf("\t\t\"%s\": %s", n, if (length(v) > 1) paste0("[", paste(v, collapse = ", "), "]") else v)
}
cat("{\n\t\"within\": 1e-5,\n\t\"model\": {\n", paste(sapply(names(out), line), collapse = ",\n"),
	",\n\t\t\"converged\": true\n\t},\n\t\"odds_ratio\": [",
	paste(format(unname(exp(coef(m))), digits = 15, trim = TRUE), collapse = ", "), "]\n}\n", sep = "")
