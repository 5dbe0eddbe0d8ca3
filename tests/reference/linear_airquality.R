# A linear regression of airquality, where values are missing.
source("common.R")
air <- data_set("airquality")
m <- lm(Ozone ~ Solar.R + Wind + Temp, data = air)
s <- summary(m)$coefficients

reference("ozone", list(estimate = unname(s[, 1]), std_error = unname(s[, 2]), statistic = unname(s[, 3]), p_value = unname(s[, 4]),
	nobs = nobs(m), df = m$df.residual, r_squared = summary(m)$r.squared, deviance = deviance(m), aic = AIC(m)), "model")
write_reference()
