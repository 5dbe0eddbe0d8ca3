# Logistic regressions of infert.  glm() stops as soon as the deviance settles, so that its standard errors
# are those of the step before; here it goes on.
source("common.R")
d <- data_set("infert")
model <- function(f, data = d) glm(f, family = binomial, data = data, control = list(epsilon = 1e-14, maxit = 50))

fit <- function(m) {
	s <- summary(m)$coefficients
	ci <- confint.default(m)
	list(estimate = unname(s[, 1]), std_error = unname(s[, 2]), statistic = unname(s[, 3]), p_value = unname(s[, 4]),
		conf_low = unname(ci[, 1]), conf_high = unname(ci[, 2]), nobs = nobs(m), deviance = deviance(m),
		null_deviance = m$null.deviance, log_lik = as.numeric(logLik(m)), aic = AIC(m), converged = m$converged)
}

reference("four", fit(model(case ~ age + parity + spontaneous + induced)), "model")
reference("school", fit(model(case ~ spontaneous + (education == "6-11yrs") + (education == "12+ yrs"))), "model")
reference("rare", unname(coef(model(I(parity >= 5) ~ age + spontaneous))), "model")
reference("missing_some", unname(coef(model(case ~ age + spontaneous, d[d$parity < 4, ]))), "model")
reference("wide", unname(coef(model(case ~ I(age * 1000) + I(spontaneous / 64)))), "model")
reference("separated", list(estimate = c(NA, NA), converged = FALSE))
reference("nearly", list(estimate = c(NA, NA), converged = FALSE))
reference("collinear", list(estimate = c(NA, NA, NA), converged = FALSE))
reference("none", list(estimate = c(NA, NA), converged = FALSE))
reference("few", list(estimate = c(NA, NA), converged = FALSE))
write_reference()
